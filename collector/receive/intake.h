// Between the connections and the one writer: a bounded queue of accepted blocks, and who may add
// to which stream. A stream belongs to the connection whose Hello came last; but one that is bound
// to an agent's name is given to no other certificate, whether that agent is connected or not, and
// none takes a stream that is not bound yet from a connection of another one.
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

#include "collector/receive/conflict.h"
#include "collector/receive/stream_state.h"

namespace spoor::collector {

// The answer to a Hello: what the log holds of each offered stream, in the offer's order.
struct ResumeAnswer {
  std::string agent;  // the collector's name for it
  std::vector<StreamState> streams;
  uint64_t generation = 1;  // of the log
  // Said behind the streams' wishes: nothing will be taken.
  std::optional<Refusal> refusal;
};

// One connection, as the writer sees it. All calls come from the writer's thread, or from who stops
// the collector; never with a lock of the intake held.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void on_resume(ResumeAnswer answer) = 0;
  // All of the stream up to `head` is on disk. Where it `may_wait` the peer may keep that to itself
  // until on_commits_due(); true: it does, and did not before.
  virtual bool on_commit(const StreamHead& head, int64_t time_ns, bool may_wait) = 0;
  virtual void on_commits_due() = 0;
  // Nothing more of this connection will be taken.
  virtual void on_refused(const Refusal& refusal) = 0;
  // The queue has room again, after Put::queued_and_full.
  virtual void on_room() = 0;

 private:
  friend class Intake;
  std::string certified_;  // the name in its Hello, since that; under the intake's lock

  friend class LogWriter;
  // The writer's.
  bool given_up_ = false;  // what is still queued of this peer is dropped
  std::shared_ptr<const Speaker> speaker_;  // once its Hello was answered
};

// A block on its way to the writer.
struct QueuedBlock {
  StreamHead before;  // what it continues
  RecentFrame frame;
  NewEntry entry;
};
// A Hello on its way to the writer.
struct QueuedHello {
  Speaker speaker;
  std::vector<StreamOffer> offers;
  std::vector<std::shared_ptr<Peer>> displaced;  // connections that lost a stream to it
  uint64_t number = 0;  // the intake's: of two, who came last
};
// Evidence of a frame that was refused, for the collector's own events.
struct QueuedConflict {
  v1::StreamConflict conflict;
  uint64_t newest_epoch = 0;  // that the host offered
};
struct QueuedItem {
  std::shared_ptr<Peer> peer;
  std::variant<QueuedBlock, QueuedHello, QueuedConflict> what;
};
// Bytes of each peer's that are done with.
using DoneBytes = std::map<std::shared_ptr<Peer>, size_t>;

class Intake {
 public:
  explicit Intake(size_t bytes_max = kQueueBytesMax, size_t peer_bytes_max = kPeerQueueBytesMax)
      : bytes_max_(bytes_max), peer_bytes_max_(peer_bytes_max) {}

  // What is queued counts for a certificate's name, whichever of its connections handed it over;
  // without one for the connection.
  enum class Put {
    queued,
    queued_and_full,  // do not read on before on_room()
    taken_over,       // a newer connection has the stream
    closed,           // the collector is stopping
  };
  // Gives the offered streams to this peer and queues the Hello. False when closed.
  bool hello(const std::shared_ptr<Peer>& peer, Speaker speaker, std::vector<StreamOffer> offers);
  Put put(const std::shared_ptr<Peer>& peer, QueuedBlock block);
  void tell(const std::shared_ptr<Peer>& peer, QueuedConflict conflict);
  // The peer has gone. What it had handed over is still written; what its Hello offered is dropped,
  // so that who calls again and again while the disk stalls holds no memory.
  void leave(const Peer* peer);
  // Nothing is taken any more; what is queued stays for the writer.
  void close();
  // The writer has something to do that is not queued here.
  void wake();

  // Writer: in the log the stream is this agent's, from here on.
  void bind(const Id& stream, const std::string& agent);
  // Writer: gives this Hello's peer those of its streams that were bound to its name only since it
  // came, but for what a later Hello was given. Returns who lost one by it.
  std::vector<std::shared_ptr<Peer>> settle(const std::shared_ptr<Peer>& peer,
                                            const QueuedHello& hello);
  // Writer: waits until there is something, at most `patience_ns`, and then up to `company_ns` for
  // more, but not when kCommitBytesMax are there. False when there is nothing and the intake was
  // closed.
  bool wait(int64_t company_ns, int64_t patience_ns = kWriterPatienceNs);
  // Writer: up to kCommitBytesMax of what is there, at least one item; none when nothing is.
  std::vector<QueuedItem> take();
  // Writer: these bytes are done with. Returns the peers to call on_room() on.
  std::vector<std::shared_ptr<Peer>> release(const DoneBytes& done);
  // Writer: every connection that has a stream.
  std::vector<std::shared_ptr<Peer>> owners() const;

 private:
  struct Owner {
    std::shared_ptr<Peer> peer;
    std::string certified;  // the certificate's name; empty: a Unix socket
    uint64_t hello = 0;     // the number of the one that it was given to
  };

  using Holder = std::pair<const Peer*, std::string>;  // the one or the other
  static Holder holder_of(const Peer& peer);
  bool may_have(const Id& stream, const Owner& owner, const std::string& certified) const;

  const size_t bytes_max_;
  const size_t peer_bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::deque<QueuedItem> queue_;
  size_t queued_bytes_ = 0;  // in queue_
  size_t held_bytes_ = 0;    // in queue_ and in the writer's hands
  std::map<Holder, size_t> held_by_;  // the same by who handed it over
  bool closed_ = false;
  bool woken_ = false;
  uint64_t hellos_come_ = 0;
  std::map<Id, std::string> bound_;  // the agent of each stream of the log
  std::map<Id, Owner> owners_;
  // Those that a peer was given; of each that said Hello and has not left.
  std::map<const Peer*, std::vector<Id>> streams_of_;
  std::map<const Peer*, QueuedHello*> hellos_;  // in queue_, which keeps their places
  std::vector<std::shared_ptr<Peer>> waiting_;
};

}  // namespace spoor::collector
