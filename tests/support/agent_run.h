// Runs of the agent's own parts as agent.cc joins them, from the sockets to the spool, without
// threads and privilege: over a toy kernel, a disk in memory, and a read ring whose memory outlives
// them. A run is killed by destroying it, or by an exception out of `kill_here`.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <functional>
#include <memory>
#include <string>

#include "agent/capture.h"
#include "agent/checkpoints.h"
#include "agent/crash_note.h"
#include "agent/log_reader.h"
#include "agent/recovery.h"
#include "agent/sealed_folder.h"
#include "agent/spool/spool.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"
#include "tests/support/temp_folder.h"
#include "tests/support/toy_kernel.h"

namespace spoor::agent {

// Memory for a ring, which outlives a child, too.
class RingMemory {
 public:
  RingMemory()
      : bytes_(static_cast<uint8_t*>(
            mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;
  ~RingMemory() { munmap(bytes_, size()); }
  static size_t size() { return ReadRing::memory_bytes(); }
  std::span<uint8_t> bytes() { return {bytes_, size()}; }

 private:
  uint8_t* bytes_;
};

// What outlives a run.
struct Remains {
  FakeFiles files;
  FakeClock clock;
  RingMemory memory;
  ToyKernel kernel;
  Host host;
  TempFolder logs;
  Remains() { EXPECT_TRUE(files.make_folder("/run").is_ok()); }
};

class AgentRun {
 public:
  static constexpr const char* kStatePath = "/run/state";

  // Hooks: wherever a kill may come; and of each CONFIG_CHANGE, in the pipeline's midst.
  AgentRun(
      Remains& remains, bool sockets_kept, std::function<void()> kill_here = [] {},
      std::function<void(const AuditEvent&)> config_changed = nullptr)
      : remains_(remains),
        ring_(ReadRing::over(remains.memory.bytes(), remains.host.boot_id)),
        note_(ring_.note()),
        spool_(*Spool::open(remains.files, remains.clock, {"/spool"})),
        kill_here_(std::move(kill_here)) {
    remains.clock.advance_ns(kNsPerMs);  // a start takes time
    Predecessor before =
        find_predecessor(remains.files, kStatePath, *spool_, ring_, false, remains.host);
    if (note_.gives_up()) before.forget();
    pipeline_ = std::make_unique<Pipeline>(remains.host, place_of(*spool_), std::nullopt,
                                           [this](PipelineFrame&& frame) {
                                             kill_here_();
                                             queue_.push(std::move(frame));
                                           });
    pipeline_->config_changed = std::move(config_changed);
    pipeline_->set_crash_note(note_);
    feed_.emplace(ring_, *pipeline_);
    checkpoints_.emplace(remains.host, *feed_, note_, queue_);
    const Beginning ours{ring_.position(), remains.clock.now()};
    if (!sockets_kept) {
      ring_.append(ReadingGap());
      ring_.publish();
    }
    capture_.emplace(
        Capture::Sources{AuditSocket::adopt(remains.kernel.audit(), ring_.audit()),
                         ProcConnector::adopt(remains.kernel.connector(), ring_.connector())},
        *feed_, remains.clock);
    capture_->every_tick = [this](Instant now) { return every_tick(now); };
    capture_->every_second = [](Instant) { return ok(); };
    checkpoints_->restore(std::move(before), ours);
    logs_.begin(pipeline_->log_cursors());
    capture_->read_rest();
  }

  bool may_save = true;
  Capture& capture() { return *capture_; }
  Pipeline& pipeline() { return *pipeline_; }
  Checkpoints& checkpoints() { return *checkpoints_; }
  CrashNote& note() { return note_; }
  ReadRing& ring() { return ring_; }

  // What the spool's thread does, as far as it gets.
  void write(size_t items) {
    for (; items > 0; --items) {
      auto item = queue_.pop(0);
      if (!item) return;
      if (item->frame) {
        EXPECT_TRUE(spool_->append(item->frame->frame).is_ok());
        EXPECT_TRUE(spool_->write_mark(encode_mark(item->frame->mark)).is_ok());
      } else if (may_save) {
        EXPECT_TRUE(write_file(remains_.files, kStatePath, item->state->bytes).is_ok());
        saved_ = item->state->ring_position;
      }
    }
  }
  // All that is to be read, and all timers.
  void let_time_pass() {
    for (int i = 0; i < 400 || !remains_.kernel.is_idle(); ++i) {
      remains_.kernel.send(8);
      remains_.clock.advance_ns(25 * kNsPerMs);
      capture_->tick();
      write(100);
    }
  }
  void stop() {
    pipeline_->close(remains_.clock.now());
    checkpoints_->save(true, remains_.clock.now());
    write(1'000);
  }

 private:
  void tell_lines() {
    (void)logs_.read();
    logs_.take(1'000, [this](const LogItem& item) {
      kill_here_();
      std::visit([this](const auto& told) { feed_->tell(told); }, item);
    });
  }
  Status every_tick(Instant now) {
    kill_here_();
    tell_lines();
    const ToyKernel& kernel = remains_.kernel;
    feed_->tell(RecordDrops{feed_->drops().audit, kernel.drops});
    kill_here_();
    feed_->tell(KernelStatus{.asked = now, .lost = kernel.lost, .tick_ns = 4 * kNsPerMs});
    kill_here_();
    checkpoints_->tick(saved_, now);
    kill_here_();
    return ok();
  }

  Remains& remains_;
  ReadRing ring_;
  CrashNote note_;
  std::unique_ptr<Spool> spool_;
  std::function<void()> kill_here_;
  FrameQueue queue_;
  std::unique_ptr<Pipeline> pipeline_;
  std::optional<Feed> feed_;
  std::optional<Checkpoints> checkpoints_;
  std::optional<Capture> capture_;
  uint64_t saved_ = 0;
  LogReader logs_{LogSettings{"off", {remains_.logs / "auth.log"}}, remains_.clock,
                  {.node_name = [] { return "web1"; }, .journal_newest_ns = {}}};
};

// Every event that came to the spool.
inline void for_each_told(Remains& remains, const std::function<void(const v1::Event&)>& visit) {
  const auto spool = *Spool::open(remains.files, remains.clock, {"/spool"});
  for (const auto c : {EventClass::access, EventClass::command, EventClass::activity}) {
    EXPECT_TRUE(
        spool
            ->read_after(c, 0, 0,
                         [&](ByteView block) {
                           const auto open = OpenBlock::open(block);
                           for (const Frame& frame : open->frames()) {
                             for (const FrameEntry& entry : frame.entries) {
                               v1::Event event;
                               EXPECT_TRUE(event.ParseFromArray(
                                   entry.fields->data(), static_cast<int>(entry.fields->size())));
                               visit(event);
                             }
                           }
                         })
            .is_ok());
  }
}

}  // namespace spoor::agent
