#include "agent/replay.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "agent/decode/audit_record.h"
#include "agent/limits.h"
#include "agent/pipeline.h"
#include "agent/playback.h"
#include "agent/source/line_reader.h"
#include "agent/source/procfs.h"
#include "agent/source/replay.h"
#include "common/time_format.h"

namespace spoor::agent {
namespace {

// The first record stands within so many lines, or the file is no log.
constexpr int kLinesUntilRecord = 1000;
constexpr int64_t kQuietNs = 2 * kNsPerSecond;
constexpr int64_t kProgressNs = kNsPerSecond / 2;
constexpr uint64_t kLinesBetweenLooks = 4096;

constexpr uint32_t kOnlyConnectorTells =
    1u << static_cast<uint32_t>(Incomplete::birth_unknown) |
    1u << static_cast<uint32_t>(Incomplete::exit_unseen);

// A log does not say of which boot it is: the boot id stays zero.
Host host_of(const std::string& node, const ReplayOptions& options) {
  Host host;
  host.name = node;
  if (!node.empty()) return host;
  const auto here = read_host(options.host, options.machine_id_file);
  if (here.is_ok()) {
    host.name = here->name;
    host.machine_id = here->machine_id;
  } else {
    host.name = options.host;
  }
  return host;
}

// The stages of one host.
struct HostStages {
  HostStages(Host host_, std::function<void(const Fact&, Instant)> sink)
      : host(std::move(host_)), pipeline(host, std::nullopt, std::move(sink)), playback(pipeline) {
    // The one name that is the same on every host. The others are not this host's to give.
    pipeline.set_names(std::make_shared<const Names>(Names{{0, "root"}}));
  }
  const Host host;
  Pipeline pipeline;
  Playback playback;
};

class Player {
 public:
  Player(const ReplayOptions& options, const Clock& clock, ReplayOutput& output,
         const ReplayProgress& progress)
      : options_(options), clock_(clock), output_(output), progress_(progress) {}

  Result<ReplayCounts> run();

 private:
  Status play(const std::string& path);
  Status line(std::string_view line);
  HostStages* stages_of(std::string_view node);
  void look(uint64_t bytes_here);
  ReplayCounts counts(uint64_t bytes_here) const;

  const ReplayOptions& options_;
  const Clock& clock_;
  ReplayOutput& output_;
  const ReplayProgress& progress_;
  std::map<std::string, std::unique_ptr<HostStages>, std::less<>> hosts_;
  std::string last_node_;
  HostStages* last_ = nullptr;
  Status output_failed_;  // of the output
  uint64_t events_ = 0, incomplete_ = 0, cut_lines_ = 0, bytes_ = 0, bytes_all_ = 0, lines_ = 0;
  int64_t started_ns_ = 0, told_ns_ = 0;
};

HostStages* Player::stages_of(std::string_view node) {
  if (last_ != nullptr && node == last_node_) return last_;
  last_node_ = node;
  auto found = hosts_.find(node);
  if (found == hosts_.end()) {
    if (hosts_.size() == kReplayHostsMax) return nullptr;
    found = hosts_.try_emplace(last_node_).first;
    std::unique_ptr<HostStages>& stages = found->second;
    stages = std::make_unique<HostStages>(
        host_of(last_node_, options_), [this, &stages](const Fact& fact, Instant) {
          ++events_;
          if ((fact.incomplete & ~kOnlyConnectorTells) != 0) ++incomplete_;
          if (output_failed_.is_ok()) output_failed_ = output_.add(fact, stages->host);
        });
  }
  return last_ = found->second.get();
}

Status Player::line(std::string_view line) {
  const std::string_view node = node_of(line);
  if (!options_.node.empty() && node != options_.node) return ok();
  HostStages* const stages = stages_of(node);
  if (stages == nullptr) {
    return invalid("records of more than " + std::to_string(kReplayHostsMax) +
                   " hosts: choose one with --node");
  }
  stages->playback.line(line);
  return output_failed_;
}

Status Player::play(const std::string& path) {
  ASSIGN_OR_RETURN(LineReader reader, LineReader::open(path));
  while (const auto next = reader.next()) {
    RETURN_IF_ERROR(line(*next));
    if (++lines_ % kLinesBetweenLooks == 0) look(reader.bytes_read());
  }
  bytes_ += reader.bytes_read();
  cut_lines_ += reader.lines_cut();
  return reader.status().with_context(path);
}

void Player::look(uint64_t bytes_here) {
  const int64_t now_ns = clock_.now().boottime_ns;
  if (!progress_ || now_ns - started_ns_ < kQuietNs || now_ns - told_ns_ < kProgressNs) return;
  told_ns_ = now_ns;
  progress_(counts(bytes_here), bytes_all_);
}

ReplayCounts Player::counts(uint64_t bytes_here) const {
  ReplayCounts counts;
  for (const auto& [node, stages] : hosts_) {
    counts.records += stages->playback.result().records;
    counts.unreadable_lines += stages->playback.result().unreadable_lines;
    counts.undecoded += stages->pipeline.undecoded();
  }
  counts.events = events_;
  counts.incomplete = incomplete_;
  counts.cut_lines = cut_lines_;
  counts.bytes = bytes_ + bytes_here;
  counts.elapsed_ns = clock_.now().boottime_ns - started_ns_;
  return counts;
}

Result<ReplayCounts> Player::run() {
  started_ns_ = clock_.now().boottime_ns;
  ASSIGN_OR_RETURN(const auto paths, oldest_first(options_.paths));
  for (const std::string& path : paths) {
    struct stat about {};
    if (path != "-" && stat(path.c_str(), &about) == 0) {
      bytes_all_ += static_cast<uint64_t>(about.st_size);
    }
  }
  for (const std::string& path : paths) RETURN_IF_ERROR(play(path));
  for (const auto& [node, stages] : hosts_) stages->playback.finish();
  RETURN_IF_ERROR(output_failed_);
  RETURN_IF_ERROR(output_.finish());
  return counts(0);
}

// Absent where the file begins with no record.
Result<std::optional<int64_t>> first_time_ms(const std::string& path) {
  ASSIGN_OR_RETURN(LineReader reader, LineReader::open(path));
  for (int i = 0; i < kLinesUntilRecord; ++i) {
    const auto line = reader.next();
    if (!line) break;
    const auto item = parse_replay_line(*line);
    if (!item.is_ok() || !std::holds_alternative<Datagram>(*item)) continue;
    if (const auto key = decode_header(std::get<Datagram>(*item).text, nullptr)) {
      return std::optional(key->time_ms);
    }
  }
  RETURN_IF_ERROR(reader.status().with_context(path));
  return std::optional<int64_t>();
}

}  // namespace

Result<std::vector<std::string>> oldest_first(std::vector<std::string> paths) {
  if (paths.size() < 2) return paths;
  std::vector<std::pair<int64_t, std::string>> by_time;
  for (std::string& path : paths) {
    if (path == "-") return invalid("standard input cannot be played together with files");
    ASSIGN_OR_RETURN(const auto time_ms, first_time_ms(path));
    by_time.emplace_back(time_ms.value_or(std::numeric_limits<int64_t>::max()), std::move(path));
  }
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  paths.clear();
  for (auto& [time_ms, path] : by_time) paths.push_back(std::move(path));
  return paths;
}

Result<ReplayCounts> replay(const ReplayOptions& options, const Clock& clock, ReplayOutput& output,
                            const ReplayProgress& progress) {
  return Player(options, clock, output, progress).run();
}

std::string summary_of(const ReplayCounts& counts) {
  const double seconds = std::max(static_cast<double>(counts.elapsed_ns) / kNsPerSecond, 1e-6);
  char elapsed[32];
  std::snprintf(elapsed, sizeof elapsed, "%.2f s", seconds);
  std::string text = grouped(counts.records) + " records: " + grouped(counts.events) + " events, " +
                     grouped(counts.incomplete) + " incomplete, " + grouped(counts.undecoded) +
                     " undecoded";
  if (counts.unreadable_lines > 0) {
    text += ", " + grouped(counts.unreadable_lines) + " lines that are no record";
  }
  if (counts.cut_lines > 0) text += ", " + grouped(counts.cut_lines) + " lines over 1 MiB cut";
  const double rate = static_cast<double>(counts.records) / seconds;
  return text + "; " + elapsed + ", " + grouped(static_cast<uint64_t>(rate)) + " records/s";
}

}  // namespace spoor::agent
