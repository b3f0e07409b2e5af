#include "engine/channel.h"
#include "engine/workers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <numeric>

using namespace foreload;

TEST_CASE("a channel is first in, first out") {
  Channel<int> channel;
  CHECK(channel.send(1));
  std::vector<int> more{2, 3, 4};
  CHECK(channel.send_all(more));
  CHECK(more.empty());
  CHECK(channel.receive() == 1);
  CHECK(channel.try_receive() == 2);
  std::vector<int> rest{0};
  CHECK(channel.receive_all(rest));
  CHECK(rest == std::vector<int>{0, 3, 4});
}

TEST_CASE("a channel gives no more at once than is asked for") {
  Channel<int> channel;
  std::vector<int> sent{1, 2, 3}, received;
  channel.send_all(sent);
  CHECK(channel.receive_all(received, 2));
  CHECK(received == std::vector<int>{1, 2});
  CHECK(channel.try_receive_all(received, 2));
  CHECK(received == std::vector<int>{1, 2, 3});
}

TEST_CASE("who does not want to wait gets nothing from an empty channel") {
  Channel<int> channel;
  std::vector<int> none;
  CHECK_FALSE(channel.try_receive());
  CHECK_FALSE(channel.try_receive_all(none));
}

TEST_CASE("what was sent before a channel was closed still arrives") {
  Channel<int> channel;
  channel.send(1);
  channel.send(2);
  channel.close();
  std::vector<int> late{3};
  CHECK_FALSE(channel.send(3));
  CHECK_FALSE(channel.send_all(late));
  std::vector<int> received;
  CHECK(channel.receive() == 1);
  CHECK(channel.receive_all(received));
  CHECK(received == std::vector<int>{2});
  CHECK_FALSE(channel.receive());
  CHECK_FALSE(channel.receive_all(received));
}

TEST_CASE("items need not be copyable") {
  Channel<std::unique_ptr<int>> channel;
  channel.send(std::make_unique<int>(7));
  std::vector<std::unique_ptr<int>> items;
  items.push_back(std::make_unique<int>(8));
  channel.send_all(items);
  CHECK(**channel.receive() == 7);
  CHECK(channel.receive_all(items));
  CHECK(*items[0] == 8);
}

TEST_CASE("receivers that wait are woken by an item and by the end") {
  Channel<int> channel;
  std::atomic<int> received = 0, ended = 0;
  Workers workers([&](unsigned) {
    while (std::optional<int> item = channel.receive())
      received += *item;
    ++ended;
  });
  for (int i = 0; i < 3; ++i)
    REQUIRE(workers.start());
  channel.send(1);
  std::vector<int> more{10, 100};
  channel.send_all(more);
  channel.close();
  workers.join();
  CHECK(received == 111);
  CHECK(ended == 3);
}

TEST_CASE("a full channel holds up its senders") {
  constexpr size_t capacity = 4;
  Channel<int> channel(capacity);
  std::atomic<int> sent = 0, most_ahead = 0;
  int received = 0;
  Workers sender([&](unsigned) {
    for (int i = 0; i < 100; ++i) {
      if (i % 2) {
        channel.send(i);
        ++sent;
        continue;
      }
      std::vector<int> batch(7, i); // more than there is room for
      channel.send_all(batch);
      sent += 7;
    }
    channel.close();
  });
  REQUIRE(sender.start());
  std::vector<int> items;
  while (channel.receive_all(items, 3)) {
    received += static_cast<int>(items.size());
    items.clear();
    most_ahead = std::max<int>(most_ahead, sent - received);
  }
  sender.join();
  CHECK(received == 400);
  CHECK(most_ahead <= static_cast<int>(capacity));
}

TEST_CASE("closing a full channel frees its senders") {
  Channel<int> channel(1);
  std::atomic<int> refused = 0;
  channel.send(0);
  Workers senders([&](unsigned number) {
    std::vector<int> batch{1, 2, 3};
    refused += number % 2 ? !channel.send(1) : !channel.send_all(batch);
  });
  for (int i = 0; i < 4; ++i)
    REQUIRE(senders.start());
  channel.close();
  senders.join();
  CHECK(refused == 4);
}

TEST_CASE("many senders and receivers lose nothing and get nothing twice") {
  constexpr int senders = 4, receivers = 4, each = 2000;
  for (size_t capacity : {size_t(3), Channel<int>::unbounded}) {
    Channel<int> channel(capacity);
    std::vector<std::vector<int>> received(receivers);
    Workers receiving([&](unsigned number) {
      if (number % 2) {
        while (channel.receive_all(received[number], 5)) {
        }
      } else {
        while (std::optional<int> item = channel.receive())
          received[number].push_back(*item);
      }
    });
    for (int i = 0; i < receivers; ++i)
      REQUIRE(receiving.start());
    Workers sending([&](unsigned number) {
      int first = static_cast<int>(number) * each;
      for (int i = 0; i < each;) {
        std::vector<int> batch(std::min(1 + i % 9, each - i));
        std::iota(batch.begin(), batch.end(), first + i);
        i += static_cast<int>(batch.size());
        batch.size() == 1 ? channel.send(batch[0]) : channel.send_all(batch);
      }
    });
    for (int i = 0; i < senders; ++i)
      REQUIRE(sending.start());
    sending.join();
    channel.close();
    receiving.join();
    std::vector<bool> seen(senders * each);
    size_t count = 0;
    for (const std::vector<int> &items : received)
      for (int item : items) {
        CHECK_FALSE(seen[static_cast<size_t>(item)]);
        seen[static_cast<size_t>(item)] = true;
        ++count;
      }
    CHECK(count == seen.size());
  }
}
