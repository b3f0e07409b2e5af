#include "emit/vlq.h"

namespace foreload {

static constexpr llvm::StringLiteral digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *write_vlq(char *at, int64_t value) {
  if (value >= 0 && value < small_vlq_end) { // as most are
    *at++ = small_vlq(static_cast<uint32_t>(value));
    return at;
  }
  uint64_t rest = value < 0 ? (static_cast<uint64_t>(-value) << 1 | 1) : static_cast<uint64_t>(value) << 1;
  do {
    uint64_t digit = rest & 31;
    rest >>= 5;
    *at++ = digits[rest ? digit | 32 : digit];
  } while (rest);
  return at;
}

static int digit_of(char byte) {
  if (byte >= 'A' && byte <= 'Z')
    return byte - 'A';
  if (byte >= 'a' && byte <= 'z')
    return byte - 'a' + 26;
  if (byte >= '0' && byte <= '9')
    return byte - '0' + 52;
  return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

std::optional<int64_t> read_vlq(llvm::StringRef text, size_t &at) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 7 * 5; shift += 5) {
    int digit = at < text.size() ? digit_of(text[at]) : -1;
    if (digit < 0)
      return std::nullopt;
    ++at;
    value |= static_cast<uint64_t>(digit & 31) << shift;
    if (!(digit & 32)) {
      int64_t amount = static_cast<int64_t>(value >> 1);
      return value & 1 ? -amount : amount;
    }
  }
  return std::nullopt;
}

} // namespace foreload
