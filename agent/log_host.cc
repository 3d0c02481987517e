#include "agent/log_host.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/decode/enriched_names.h"
#include "agent/pipeline.h"
#include "common/sha256.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kFirstOfCall = 1302, kLastOfCall = 1327;  // they name no login uid

Id derived_id(std::string text) {
  const Hash hash = sha256(as_bytes(text));
  Id id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

Host host_of(const std::string& name, uint32_t boot, EventKey first) {
  Host host;
  host.name = name;
  host.machine_id = derived_id("spoor host of a log" + name);
  std::string scope = "spoor boot of a log";
  scope += as_text(host.machine_id);
  append_le(scope, first.time_ms);
  append_le(scope, first.serial);
  host.boot_id = derived_id(std::move(scope));
  host.boot_in_log = boot;
  return host;
}

uint64_t undecoded_of(const Fact& fact) {
  if (fact.audit == nullptr || !fact.ends_event) return 0;
  const auto& records = fact.audit->records;
  return static_cast<uint64_t>(
      std::count_if(records.begin(), records.end(), [](const auto& r) { return !r.parsed; }));
}

}  // namespace

struct LogHost::Boot {
  Boot(Host host_, std::function<void(const Fact&, Instant)> sink)
      : host(std::move(host_)), pipeline(host, std::nullopt, std::move(sink)), playback(pipeline) {}
  const Host host;
  Pipeline pipeline;
  Playback playback;
};

// Uid 0 has one name on every host. The others are not this host's to give.
LogHost::LogHost(std::string name, Sink sink, Redactor* redactor)
    : name_(std::move(name)),
      sink_(std::move(sink)),
      redactor_(redactor),
      names_(std::make_shared<Names>(Names{{0, "root"}})) {}
LogHost::~LogHost() = default;

void LogHost::begin_boot(EventKey first) {
  finish();
  boot_ =
      std::make_unique<Boot>(host_of(name_, ++boots_, first), [this](const Fact& fact, Instant) {
        undecoded_ += undecoded_of(fact);
        sink_(fact, boot_->host);
      });
  boot_->pipeline.set_names(names_);
  if (redactor_ != nullptr) boot_->pipeline.set_redactor(*redactor_);
}

void LogHost::play(const Datagram& record) {
  const RecordHeader& header = headers_.read(record.text);
  const bool is_new = header.key && border_.begins(record, *header.key);
  if (is_new || boot_ == nullptr) begin_boot(header.key.value_or(EventKey()));
  if (record.type < kFirstOfCall || record.type > kLastOfCall) learn_names(record.text, *names_);
  boot_->playback.record(record, header);
}

void LogHost::play(Instant clock) {
  const bool is_new = border_.begins(clock);
  if (is_new || boot_ == nullptr) begin_boot({clock.realtime_ns / kNsPerMs, 0});
  boot_->playback.clock(clock);
}

void LogHost::play(const ProcessMessage& message) {
  if (boot_ == nullptr) begin_boot({});
  boot_->playback.message(message);
}

void LogHost::finish() {
  if (boot_ == nullptr) return;
  boot_->playback.finish();
  before_.records += boot_->playback.result().records;
  boot_.reset();
}

LogHostCounts LogHost::counts() const {
  LogHostCounts counts = before_;
  if (boot_ != nullptr) counts.records += boot_->playback.result().records;
  counts.undecoded = undecoded_;
  return counts;
}

}  // namespace spoor::agent
