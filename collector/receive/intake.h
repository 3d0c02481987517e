// Between the connections and the one writer: a bounded queue of accepted blocks, and who may add
// to which stream. A stream belongs to the connection whose Hello came last.
//
// A Hello goes through the same queue as the blocks. So when the writer comes to it, all that older
// connections had handed over is on disk or given up, and what Resume says can neither double nor
// lose a frame.
//
// Thread-safe. Nobody is called back from here, so that callers may hold locks of their own.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "collector/receive/stream_state.h"

namespace spoor::collector {

// The answer to a Hello: what the log holds of each offered stream, in the offer's order.
struct ResumeAnswer {
  std::string agent;  // the collector's name for it
  std::vector<StreamState> streams;
};

// One connection, as the writer sees it. All calls come from the writer's thread, or from who stops
// the collector; never with a lock of the intake held.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void on_resume(ResumeAnswer answer) = 0;
  // All of the stream up to `head` is on disk.
  virtual void on_commit(const StreamHead& head, int64_t time_ns) = 0;
  // Nothing more of this connection will be taken.
  virtual void on_refused(const Refusal& refusal) = 0;
  // The queue has room again, after Put::queued_and_full.
  virtual void on_room() = 0;

 private:
  friend class LogWriter;
  bool given_up_ = false;  // the writer's: what is still queued of this peer is dropped
};

// A block on its way to the writer.
struct QueuedBlock {
  StreamHead before;  // what it continues
  RecentFrame frame;
  NewEntry entry;
};
// A Hello on its way to the writer.
struct QueuedHello {
  std::string host;
  std::vector<StreamOffer> offers;
  std::vector<std::shared_ptr<Peer>> displaced;  // connections that lost a stream to it
};
struct QueuedItem {
  std::shared_ptr<Peer> peer;
  std::variant<QueuedBlock, QueuedHello> what;
};

class Intake {
 public:
  explicit Intake(size_t bytes_max = kQueueBytesMax) : bytes_max_(bytes_max) {}

  enum class Put {
    queued,
    queued_and_full,  // do not read on before on_room()
    taken_over,       // a newer connection has the stream
    closed,           // the collector is stopping
  };
  // Gives the offered streams to this peer and queues the Hello. False when closed.
  bool hello(const std::shared_ptr<Peer>& peer, std::string host, std::vector<StreamOffer> offers);
  Put put(const std::shared_ptr<Peer>& peer, QueuedBlock block);
  // The peer has gone. What it had handed over is still written.
  void leave(const Peer* peer);
  // Nothing is taken any more; what is queued stays for the writer.
  void close();

  // Writer: waits until there is something, and then up to `company_ns` for more, but not when
  // kCommitBytesMax are there. False when there is nothing and the intake was closed.
  bool wait(int64_t company_ns);
  // Writer: up to kCommitBytesMax of what is there, at least one item; none when nothing is.
  std::vector<QueuedItem> take();
  // Writer: these bytes are done with. Returns the peers to call on_room() on.
  std::vector<std::shared_ptr<Peer>> release(size_t bytes);

 private:
  const size_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<QueuedItem> queue_;
  size_t queued_bytes_ = 0;  // in queue_
  size_t held_bytes_ = 0;    // in queue_ and in the writer's hands
  bool closed_ = false;
  std::map<Id, std::shared_ptr<Peer>> owners_;
  std::vector<std::shared_ptr<Peer>> waiting_;
};

}  // namespace spoor::collector
