// Hosts and a collector for stories of how log and spool go apart: the real sessions, intake,
// writer and log on a disk in memory, and hosts that do what a CommitPoint's wish asks for. A
// host, its spool and the log's folder can be copied, as a snapshot or a backup does.
#pragma once

#include "collector/log/cursor.h"
#include "tests/support/fake_files.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {

// One agent with its uplink: a stream, and what its spool holds. A copy is a snapshot.
struct StoryHost {
  explicit StoryHost(uint8_t stream) : writer(stream) {}

  void write(size_t events = 1) { spool.push_back(writer.frame(events)); }
  void reboot() {
    boot = random_id();
    writer.go_on_from({writer.epoch(), writer.sequence(), writer.chain()});
  }

  StreamWriter writer;
  std::vector<SealedFrame> spool;
  std::vector<SealedFrame> set_aside;
  Id machine = random_id();
  Id boot = random_id();
  bool has_agent_begun = true;  // in this boot
  std::string name = "web1";
  v1::CommitPoint last_commit;
  std::shared_ptr<TestPeer> peer;
  uint64_t obeyed = 0;  // wishes
};

// The collector's folder on a disk, and what runs on it.
class StoryCollector {
 public:
  StoryCollector() { open(); }

  void open() {
    log = std::move(Log::open(files, "/log")).value();
    std::vector<LogWriter::Known> known;
    const StreamHead* own = nullptr;
    for (const KnownStream& k : log->opened_with()) {
      known.push_back({k.agent, k.head, k.past, k.points});
      if (k.head.stream == Journal::stream_of(log->id())) own = &k.head;
    }
    intake = std::make_unique<Intake>();
    journal = std::make_unique<Journal>(log->id(), own, clock);
    LogDoor door;
    door.identity = {log->id(), log->generation(), log->key()};
    door.raise_generation = [this](uint64_t g) { return log->raise_generation(g); };
    writer = std::make_unique<LogWriter>(
        *intake,
        [this](std::span<const NewEntry> entries) -> Status {
          RETURN_IF_ERROR(log->append(entries));
          return log->sync();
        },
        clock, std::move(known), std::move(door), journal.get());
  }
  void restart() {
    writer.reset();
    log.reset();
    open();
  }
  void work() {
    while (writer->step()) {
    }
  }
  using Copy = std::map<std::string, std::string>;
  Copy backup() {
    Copy out;
    for (const char* folder : {"/log", "/log/access", "/log/command"}) {
      const Result<std::vector<std::string>> names = files.list(folder);
      for (const std::string& name : *names) {
        const std::string path = std::string(folder) + "/" + name;
        if (files.exists(path)) out[path] = files.content(path);
      }
    }
    return out;
  }
  void restore(const Copy& copy) {
    writer.reset();
    log.reset();
    for (const auto& [path, content] : backup()) ASSERT_TRUE(files.remove(path).is_ok());
    for (const auto& [path, content] : copy) files.put(path, content);
    open();
  }

  // One connection: Hello, what Resume asks for, the commits, and what they wish.
  void connect(StoryHost& host) {
    host.peer = std::make_shared<TestPeer>(
        *intake, clock, LogIdentity{log->id(), log->generation(), log->key()});
    host.peer->send(hello_of(host));
    work();
    if (!host.peer->resumed().stream().empty()) {
      const v1::StreamResume& resume = host.peer->resumed();
      const auto from = std::find_if(host.spool.begin(), host.spool.end(), [&](const auto& f) {
        return f.header.epoch > resume.epoch() ||
               (f.header.epoch == resume.epoch() &&
                f.header.first_sequence >= resume.next_sequence());
      });
      fill_hole(host, resume, from);
      for (auto f = from; f != host.spool.end(); ++f) host.peer->send(frame_message(*f));
    }
    work();
    obey(host);
    intake->leave(host.peer.get());
  }

  // Everything of the streams in the log, each frame's own header in its order.
  std::vector<LogEntry> entries() {
    LogCursor cursor = log->read_after({});
    std::vector<LogEntry> out;
    while (true) {
      auto batch = cursor.read(1 << 20);
      EXPECT_TRUE(batch.is_ok());
      if (!batch.is_ok() || batch->entries.empty()) return out;
      for (LogEntry& e : batch->entries) out.push_back(std::move(e));
    }
  }
  std::vector<v1::StreamConflict> conflicts() {
    std::vector<v1::StreamConflict> out;
    for (const v1::Event& event : own_events_of(entries()))
      if (event.has_stream_conflict()) out.push_back(event.stream_conflict());
    return out;
  }
  // Each stream in the log is one history: every frame follows the one before it.
  void expect_one_history() {
    std::map<Id, Expected> expected;
    for (const LogEntry& e : entries()) {
      const auto outside = read_block_outside(as_bytes(e.block));
      ASSERT_TRUE(outside.is_ok());
      Expected& at = expected[e.head.stream];
      EXPECT_TRUE(check_continues(outside->frames[0], at).is_ok())
          << e.agent << " " << e.head.epoch << "/" << e.head.sequence;
      at = {e.head.epoch, e.head.sequence + 1, e.head.chain};
    }
  }
  uint64_t frames_of(const std::string& agent) {
    const auto all = entries();
    return static_cast<uint64_t>(std::count_if(
        all.begin(), all.end(), [&](const LogEntry& e) { return e.agent == agent; }));
  }

  FakeFiles files;
  FakeClock clock;
  std::unique_ptr<Log> log;
  std::unique_ptr<Intake> intake;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<LogWriter> writer;

 private:
  static v1::ShipRequest hello_of(const StoryHost& host) {
    v1::ShipRequest request = hello_message({&host.writer}, host.name);
    v1::Hello& hello = *request.mutable_hello();
    hello.set_machine_id(text_of(host.machine));
    hello.set_boot_id(text_of(host.boot));
    if (host.has_agent_begun) hello.set_agent_boot_id(hello.boot_id());
    v1::StreamOffer& offer = *hello.mutable_streams(0);
    if (!host.last_commit.signature().empty()) *offer.mutable_last_commit() = host.last_commit;
    if (host.spool.empty()) return request;
    const SealedFrame& oldest = host.spool.front();
    offer.set_chain_before(text_of(oldest.previous_chain));
    offer.set_previous_epoch(oldest.header.previous_epoch);
    offer.set_previous_sequence(oldest.header.previous_sequence);
    for (const SealedFrame& frame : host.spool) {
      const int last = offer.epochs_size() - 1;
      if (last < 0 || offer.epochs(last).epoch() != frame.header.epoch) {
        v1::EpochRange& range = *offer.add_epochs();
        range.set_epoch(frame.header.epoch);
        range.set_nonce(text_of(frame.header.epoch_nonce));
        range.set_first_sequence(frame.header.first_sequence);
      }
      offer.mutable_epochs(offer.epochs_size() - 1)->set_last_sequence(frame.header.last_sequence);
    }
    return request;
  }
  // What the spool has no more, between where the log ends and what it has.
  static void fill_hole(StoryHost& host, const v1::StreamResume& resume, auto from) {
    if (resume.epoch() == 0 || from == host.spool.end()) return;
    const SealedFrame& next = *from;
    const bool follows = next.header.previous_epoch == resume.epoch() &&
                         next.header.previous_sequence + 1 == resume.next_sequence();
    if (follows || next.header.epoch != resume.epoch()) return;
    SealedFrame lost = next;
    lost.chain = next.previous_chain;
    lost.header.first_sequence = resume.next_sequence();
    lost.header.last_sequence = next.header.first_sequence - 1;
    lost.header.previous_epoch = resume.epoch();
    lost.header.previous_sequence = resume.next_sequence() - 1;
    host.peer->send(skip_message(lost, v1::Loss::CAUSE_COLLECTOR_ROLLBACK));
  }
  static void obey(StoryHost& host) {
    for (const v1::ShipResponse& message : host.peer->sent) {
      if (!message.has_commit() || message.commit().stream() != text_of(host.writer.stream()))
        continue;
      const v1::CommitPoint commit = message.commit();
      if (commit.wish() == v1::CommitPoint::WISH_NONE) {
        host.last_commit = commit;
        continue;
      }
      ++host.obeyed;
      host.set_aside.insert(host.set_aside.end(), host.spool.begin(), host.spool.end());
      host.spool.clear();
      host.last_commit.Clear();
      if (commit.wish() == v1::CommitPoint::WISH_NEW_STREAMS)
        return host.writer.begin_anew(random_id());
      Hash chain{};
      std::memcpy(chain.data(), commit.chain().data(), chain.size());
      return host.writer.go_on_from({commit.epoch(), commit.sequence(), chain});
    }
  }
};

}  // namespace spoor::collector
