#include "tests/sim/delivery/sim_collector.h"

#include <algorithm>

#include "collector/connection_limits.h"
#include "collector/receive/outbox.h"
#include "collector/receive/ship_session.h"
#include "common/log.h"

namespace spoor::sim {

using collector::Intake;
using collector::LogWriter;
using collector::ShipSession;

namespace {

// Small, so that a short run sees a queue that is full and segments that are done.
constexpr size_t kQueueBytes = 24u << 10;
constexpr uint64_t kSegmentBytes = 48u << 10;
// Room for a few own events; and beside it for more than comes together.
constexpr uint64_t kBallastBytes = 4u << 10;
constexpr uint64_t kBesideBallastBytes = 8u << 10;
constexpr int64_t kWriteMostNs = 5 * kNsPerMs;

}  // namespace

// As Connection in collector/receive/uplink_server.cc, with the network's part played here.
class ServerCall final : public Call,
                         public collector::Peer,
                         public std::enable_shared_from_this<ServerCall> {
 public:
  ServerCall(SimCollector& owner, std::shared_ptr<Wire> wire, const Badge& badge)
      : owner_(owner),
        wire_(std::move(wire)),
        is_expired_(badge.is_expired),
        session_(*owner.intake_, owner.clock_, owner.identity(), facts_of(badge)),
        dice_(owner.dice_.fork()) {}

  void on_request(v1::ShipRequest request) override {
    if (is_done_) return;
    owner_.timeline_.acts("collector");
    if (request.has_hello()) say_offered(request.hello());
    inbox_.push_back(std::move(request));
    read();
  }
  void on_broken() override { finish(); }
  void on_resume(collector::ResumeAnswer answer) override {
    // Who has gone meanwhile is answered without his streams.
    for (const v1::CommitPoint& commit : shown_) {
      if (commit.log_generation() == answer.generation && !answer.streams.empty())
        say(commit, &Ledger::shown);
    }
    apply(session_.on_resume(std::move(answer)));
  }
  bool on_commit(const collector::StreamHead& head, int64_t time_ns, bool may_wait) override {
    ShipSession::Reply reply = session_.on_commit(head, time_ns, may_wait);
    const bool has_untold = reply.has_untold;
    apply(std::move(reply));
    return has_untold;
  }
  void on_commits_due() override { apply(session_.on_commits_due()); }
  void on_refused(const collector::Refusal& refusal) override {
    apply(session_.on_refused(refusal));
  }
  void on_room() override { apply(session_.on_room()); }

  // The process is gone: nobody calls this any more, and it calls nobody.
  void die() {
    is_done_ = true;
    std::exchange(wire_, nullptr)->break_off();
  }

 private:
  // As PeerIdentity reads them from a certificate.
  static collector::PeerFacts facts_of(const Badge& badge) {
    collector::PeerFacts facts;
    if (badge.agent.empty()) return facts;
    facts.agent = badge.agent;
    facts.certificate = "01";
    facts.machine_id = badge.machine_id;
    return facts;
  }

  void read() {
    while (is_reading_ && !inbox_.empty() && !is_done_) {
      v1::ShipRequest request = std::move(inbox_.front());
      inbox_.pop_front();
      is_reading_ = false;
      apply(is_expired_ ? session_.on_refused({v1::Refuse::CODE_EXPIRED, "renew it", 0})
                        : session_.on_message(shared_from_this(), request));
      owner_.kick();
    }
  }

  void apply(ShipSession::Reply reply) {
    for (v1::ShipResponse& message : reply.messages) outbox_.add(std::move(message));
    is_ending_ = is_ending_ || reply.end;
    if (reply.read_on && !is_ending_ && !is_reading_) {
      is_reading_ = true;
      const auto self = shared_from_this();
      owner_.timeline_.in(0, [self] { self->read(); });
    }
    pump();
  }

  void pump() {
    if (is_writing_ || is_done_) return;
    auto next = outbox_.take();
    if (!next) {
      if (is_ending_) {
        wire_->end();
        finish();
      }
      return;
    }
    if (next->has_commit()) say(next->commit(), &Ledger::promised);
    wire_->send_down(std::move(*next));
    is_writing_ = true;
    owner_.timeline_.in(dice_.between(0, kWriteMostNs), [self = shared_from_this()] {
      self->is_writing_ = false;
      self->pump();
    });
  }

  void say_offered(const v1::Hello& hello) {
    for (const v1::StreamOffer& offer : hello.streams()) {
      if (offer.last_commit().log_id() == as_text(owner_.log_->id()))
        shown_.push_back(offer.last_commit());
      for (const v1::EpochRange& range : offer.epochs())
        log_debug("{} ({}) offers of class {}: {}/{}..{}", hello.host(), wire_->host(),
                  static_cast<int>(offer.stream_class()), range.epoch(), range.first_sequence(),
                  range.last_sequence());
    }
  }

  void say(const v1::CommitPoint& commit, decltype(&Ledger::shown) what) {
    Id stream;
    Hash chain;
    std::copy(commit.stream().begin(), commit.stream().end(), stream.begin());
    std::copy(commit.chain().begin(), commit.chain().end(), chain.begin());
    if (commit.wish() != v1::CommitPoint::WISH_NONE) owner_.ledger_.asked(stream);
    (owner_.ledger_.*what)(stream, commit.epoch(), commit.sequence(), chain);
  }

  void finish() {
    if (std::exchange(is_done_, true)) return;
    const auto self = shared_from_this();
    owner_.intake_->leave(this);
    owner_.calls_.erase(self);
    wire_.reset();
  }

  SimCollector& owner_;
  std::shared_ptr<Wire> wire_;  // until it is done: the wire holds this, too
  const bool is_expired_;
  ShipSession session_;
  collector::Outbox outbox_;
  Dice dice_;
  std::deque<v1::ShipRequest> inbox_;
  std::vector<v1::CommitPoint> shown_;  // in its Hello
  bool is_reading_ = true;
  bool is_writing_ = false;
  bool is_ending_ = false;
  bool is_done_ = false;
};

SimCollector::SimCollector(Timeline& timeline, Dice dice, Network& network, Ledger& ledger)
    : timeline_(timeline),
      dice_(dice),
      network_(network),
      ledger_(ledger),
      clock_(timeline),
      ballast_(files_, "/log", kBallastBytes) {
  files_.set_torn_pages(true);
  network_.listen(
      [this](std::shared_ptr<Wire> wire, const Badge& badge) -> std::shared_ptr<Call> {
        if (!is_up()) return nullptr;
        auto call = std::make_shared<ServerCall>(*this, std::move(wire), badge);
        calls_.insert(call);
        return call;
      });
}

SimCollector::~SimCollector() { clear(); }

bool SimCollector::start() {
  auto log = collector::Log::open(files_, "/log", kSegmentBytes);
  if (files_.is_without_power()) files_.crash(dice_.next());
  if (!log.is_ok()) {
    if (log.code() == Code::corrupt)
      ledger_.fail("the log does not open: " + log.status().message());
    return false;
  }
  log_ = std::move(log).value();
  keeper_ = std::make_unique<collector::LogKeeper>(*log_);
  ledger_.log_opened(*log_);
  is_writable_ = true;
  is_full_ = false;
  (void)ballast_.restore();  // else there is none to give up
  if (files_.is_without_power()) {
    cut_power();
    return false;
  }
  intake_ = std::make_unique<Intake>(kQueueBytes);
  std::vector<LogWriter::Known> known;
  const collector::StreamHead* own = nullptr;
  for (const auto& stream : log_->opened_with()) {
    known.push_back({stream.agent, stream.head, stream.past, stream.points});
    if (stream.head.stream == collector::Journal::stream_of(log_->id())) own = &stream.head;
  }
  journal_ = std::make_unique<collector::Journal>(log_->id(), own, clock_);
  journal_->on_added([this] { kick(); });
  trust_ = {log_->id(), log_->key()->public_key()};
  writer_ = std::make_unique<LogWriter>(
      *intake_,
      [this](std::span<const collector::NewEntry> entries) { return write_durably(entries); },
      clock_, std::move(known), door(), journal_.get());
  return true;
}

collector::LogIdentity SimCollector::identity() const {
  return {log_->id(), log_->generation(), log_->key()};
}

collector::LogDoor SimCollector::door() {
  collector::LogDoor door;
  door.identity = identity();
  door.raise_generation = [this](uint64_t generation) {
    return log_->raise_generation(generation);
  };
  door.give_up_ballast = [this] {
    is_full_ = true;
    ballast_.give_up();
  };
  door.restore_ballast = [this] {
    const Status restored = ballast_.restore(kBesideBallastBytes);
    is_full_ = !restored.is_ok();
    return restored;
  };
  door.on_writable = [this](bool is_writable) { is_writable_ = is_writable; };
  door.join_commits_ns = collector::kJoinCommitsNs;
  return door;
}

Status SimCollector::write_durably(std::span<const collector::NewEntry> entries) {
  const auto is_own = [](const collector::NewEntry& entry) {
    return entry.agent == collector::kOwnAgent;
  };
  if (is_full_ && !std::all_of(entries.begin(), entries.end(), is_own))
    ledger_.fail("the log takes agents' frames before its ballast stands again");
  RETURN_IF_ERROR(log_->append(entries));
  if (is_lying_twice_ && dice_.one_in(20)) RETURN_IF_ERROR(log_->append(entries.first(1)));
  RETURN_IF_ERROR(log_->sync());
  ledger_.log_grew();
  return ok();
}

// The writer waits a little for company, and as long as the disk makes it wait.
void SimCollector::kick() {
  if (!is_up() || std::exchange(is_kicked_, true)) return;
  const int64_t due_ns = std::max(timeline_.now_ns() + collector::kCommitWaitNs, stalled_until_ns_);
  timeline_.at(due_ns, [this, life = life_] {
    if (life != life_) return;
    is_kicked_ = false;
    write();
  });
}

void SimCollector::write() {
  if (stalled_until_ns_ > timeline_.now_ns()) return kick();
  timeline_.acts("collector");
  const bool wrote = writer_->step();
  stalled_until_ns_ = timeline_.now_ns() + files_.take_spent_ns();
  if (files_.is_without_power()) return cut_power();
  if (wrote) return kick();
  timeline_.in(writer_->patience_ns(), [this, life = life_, wait = ++waits_] {
    if (life == life_ && wait == waits_) kick();
  });
}

bool SimCollector::seal() {
  if (!is_up()) return false;
  timeline_.acts("collector");
  const Result<bool> sealed = keeper_->step([](uint64_t) { return ok(); });
  (void)files_.take_spent_ns();  // another thread's than the writer's
  if (!sealed.is_ok()) log_debug("{}", sealed.status().message());
  if (files_.is_without_power()) {
    cut_power();
    return false;
  }
  return sealed.is_ok() && *sealed;
}

void SimCollector::stop() {
  intake_->close();
  while (writer_->step()) {
  }
  const auto calls = calls_;
  for (const auto& call : calls)
    call->on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", 1'000});
  kill();
}

void SimCollector::clear() {
  ++life_;
  is_kicked_ = false;
  const auto calls = std::exchange(calls_, {});
  for (const auto& call : calls) call->die();
  writer_.reset();
  journal_.reset();
  intake_.reset();
  keeper_.reset();
  log_.reset();
}

void SimCollector::kill() { clear(); }

void SimCollector::cut_power() {
  clear();
  files_.crash(dice_.next());
  stalled_until_ns_ = 0;
}

void SimCollector::restore(const FakeFiles::Picture& picture) {
  files_.restore(picture);
  ledger_.log_restored();
}

}  // namespace spoor::sim
