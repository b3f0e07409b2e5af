#include "engine/action_result.h"

#include <doctest/doctest.h>

using namespace foreload;

static const std::string hash = hex(digest_of("abc"));

TEST_CASE("results of actions are those of the Remote Execution API") {
  // protoc --encode=build.bazel.remote.execution.v2.ActionResult: output_files { path: "a" digest { hash size_bytes: 300 } }
  std::string bytes = encode_action_result(OutputBlob{"a", hash, 300});
  CHECK(bytes == "\x12\x4a\x0a\x01" "a" "\x12\x45\x0a\x40" + hash + "\x10\xac\x02");
  auto outputs = decode_action_result(bytes);
  REQUIRE(outputs);
  REQUIRE(outputs->size() == 1);
  CHECK(outputs->at(0).name == "a");
  CHECK(outputs->at(0).hash == hash);
  CHECK(outputs->at(0).size == 300);
  CHECK(decode_action_result("")->empty());
}

TEST_CASE("fields that mean nothing here are skipped") {
  std::string more = encode_action_result({{"a", hash, 1}, {"b", hash, 2}});
  more += std::string("\x2a\x03out", 5);                          // stdout_raw
  more += std::string("\x09\1\2\3\4\5\6\7\x08\x1d\1\2\3\4", 14); // numbers of fixed size, of no field that there is
  more += std::string("\x20\x00", 2);                             // exit_code: 0
  auto outputs = decode_action_result(more);
  REQUIRE(outputs);
  CHECK(outputs->size() == 2);
}

TEST_CASE("what is no result of an action, or of one that has failed, is refused") {
  std::string bytes = encode_action_result(OutputBlob{"a", hash, 300});
  for (size_t size = 1; size < bytes.size(); ++size)
    CHECK_FALSE(decode_action_result(llvm::StringRef(bytes).take_front(size)));
  CHECK_FALSE(decode_action_result(bytes + std::string("\x20\x01", 2))); // exit_code: 1
  CHECK_FALSE(decode_action_result(encode_action_result(OutputBlob{"a", "../../etc/passwd", 1})));
  CHECK_FALSE(decode_action_result(encode_action_result(OutputBlob{"a", std::string(64, 'G'), 1})));
  CHECK_FALSE(decode_action_result("<html><body>Not found</body></html>"));
  CHECK_FALSE(decode_action_result(std::string(100, '\xff')));
  for (size_t at = 0; at < bytes.size(); ++at)
    for (int flip = 1; flip < 256; ++flip) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      if (auto outputs = decode_action_result(damaged))
        for (const OutputBlob &output : *outputs)
          CHECK(output.hash.size() == 64);
    }
}

TEST_CASE("digests are SHA-256, in one piece or several") {
  CHECK(hex(digest_of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(digest_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of({"a", "", "bc"}) == digest_of("abc"));
}

TEST_CASE("a program is known by its build") { CHECK(program_identity().size() > 30); }
