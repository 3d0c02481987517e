#include "agent/replay.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "agent/decode/audit_record.h"
#include "agent/limits.h"
#include "agent/log_host.h"
#include "agent/source/line_reader.h"
#include "agent/source/replay.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::agent {
namespace {

// The first record stands within so many lines, or the file is no log.
constexpr int kLinesUntilRecord = 1000;
constexpr int64_t kQuietNs = 2 * kNsPerSecond;
constexpr int64_t kProgressNs = kNsPerSecond / 2;
constexpr uint64_t kLinesBetweenLooks = 4096;

constexpr uint32_t kOnlyConnectorTells = 1u << static_cast<uint32_t>(Incomplete::birth_unknown) |
                                         1u << static_cast<uint32_t>(Incomplete::exit_unseen);

constexpr char kInterpreted[] =
    "interpreted by ausearch -i: names and dates stand where the kernel wrote numbers, which is no "
    "evidence; play what ausearch --raw prints";

std::string name_of(const std::string& path) {
  return path == "-" ? "standard input" : visible(path);
}

std::string compressed(const std::string& path, std::string_view how) {
  const std::string cat = how == "gzip" ? "zcat -f" : std::string(how) + " -dcf";
  return name_of(path) + " is compressed (" + std::string(how) + "): " + cat +
         " FILE... | spoor-agent replay -";
}

class Player {
 public:
  Player(const ReplayOptions& options, const Clock& clock, ReplayOutput& output,
         const ReplayProgress& progress)
      : options_(options), clock_(clock), output_(output), progress_(progress) {}

  Result<ReplayCounts> run();

 private:
  Status play(const std::string& path);
  Status line(std::string_view line);
  LogHost* host_of(std::string_view node);
  std::string nothing_played() const;
  void look(uint64_t bytes_here);
  ReplayCounts counts(uint64_t bytes_here) const;

  const ReplayOptions& options_;
  const Clock& clock_;
  ReplayOutput& output_;
  const ReplayProgress& progress_;
  std::map<std::string, std::unique_ptr<LogHost>> hosts_;  // by name
  std::string last_node_;
  LogHost* last_ = nullptr;
  std::set<std::string, std::less<>> other_nodes_;  // not chosen; at most kReplayHostsMax
  Status output_failed_;
  ReplayCounts counts_;  // of what hosts do not count
  uint64_t items_ = 0;   // records and process messages, of whatever host
  uint64_t bytes_all_ = 0, lines_ = 0;
  int64_t started_ns_ = 0, told_ns_ = 0;
};

LogHost* Player::host_of(std::string_view node) {
  if (last_ != nullptr && node == last_node_) return last_;
  last_node_ = node;
  const std::string& name = node.empty() ? options_.host : last_node_;
  auto found = hosts_.find(name);
  if (found == hosts_.end()) {
    if (hosts_.size() == kReplayHostsMax) return last_ = nullptr;
    const auto sink = [this](const Fact& fact, const Host& host) {
      ++counts_.events;
      if ((fact.incomplete & ~kOnlyConnectorTells) != 0) ++counts_.incomplete;
      if (output_failed_.is_ok()) output_failed_ = output_.add(fact, host);
    };
    found = hosts_.emplace(name, std::make_unique<LogHost>(name, sink, options_.redactor)).first;
  }
  return last_ = found->second.get();
}

Status Player::line(std::string_view line) {
  const auto item = parse_replay_line(line);
  const std::string_view node = node_of(line);
  if (!item.is_ok() || node.size() > kNodeBytesMax) {
    ++counts_.unreadable_lines;
    return ok();
  }
  if (std::holds_alternative<std::monostate>(*item)) return ok();
  ++items_;
  if (!options_.node.empty() && node != options_.node) {
    if (other_nodes_.size() < kReplayHostsMax && !other_nodes_.contains(node)) {
      other_nodes_.emplace(node);
    }
    return ok();
  }
  const auto* const record = std::get_if<Datagram>(&*item);
  if (record != nullptr && is_interpreted(*record)) {
    ++counts_.interpreted;
    return ok();
  }
  LogHost* const host = host_of(node);
  if (host == nullptr) {
    return invalid("records of more than " + std::to_string(kReplayHostsMax) +
                   " hosts: choose one with --node");
  }
  if (record != nullptr) host->play(*record);
  else if (const auto* clock = std::get_if<Instant>(&*item)) host->play(*clock);
  else if (const auto* message = std::get_if<ProcessMessage>(&*item)) host->play(*message);
  return output_failed_;
}

Status Player::play(const std::string& path) {
  ASSIGN_OR_RETURN(LineReader reader, LineReader::open(path));
  if (const auto how = compression_of(reader.head()); !how.empty()) {
    return invalid(compressed(path, how));
  }
  const uint64_t items_before = items_;
  while (const auto next = reader.next()) {
    RETURN_IF_ERROR(line(*next));
    if (++lines_ % kLinesBetweenLooks == 0) look(reader.bytes_read());
  }
  counts_.bytes += reader.bytes_read();
  counts_.cut_lines += reader.lines_cut();
  if (items_ == items_before && reader.bytes_read() > 0) {
    counts_.problems.push_back(name_of(path) + " holds no audit record");
  }
  return reader.status().with_context(name_of(path));
}

void Player::look(uint64_t bytes_here) {
  const int64_t now_ns = clock_.now().boottime_ns;
  if (!progress_ || now_ns - started_ns_ < kQuietNs || now_ns - told_ns_ < kProgressNs) return;
  told_ns_ = now_ns;
  progress_(counts(bytes_here), bytes_all_);
}

ReplayCounts Player::counts(uint64_t bytes_here) const {
  ReplayCounts counts = counts_;
  for (const auto& [name, host] : hosts_) {
    counts.records += host->counts().records;
    counts.undecoded += host->counts().undecoded;
  }
  counts.bytes += bytes_here;
  counts.elapsed_ns = clock_.now().boottime_ns - started_ns_;
  return counts;
}

std::string Player::nothing_played() const {
  if (counts_.interpreted > 0) return std::string("all records are ") + kInterpreted;
  if (items_ == 0) return "no audit record in what was given: logs of auditd are wanted, as text";
  std::string nodes;
  for (const std::string& node : other_nodes_) {
    nodes += (nodes.empty() ? "" : ", ") + (node.empty() ? "none (no node=)" : visible(node));
  }
  return "no record of the host " + visible(options_.node) + "; the hosts in it: " + nodes;
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
  if (hosts_.empty()) return invalid(nothing_played());
  for (const auto& [name, host] : hosts_) host->finish();
  RETURN_IF_ERROR(output_failed_);
  RETURN_IF_ERROR(output_.finish());
  ReplayCounts counts = this->counts(0);
  if (counts.interpreted > 0) {
    counts.problems.push_back(grouped(counts.interpreted) + " records left out, " + kInterpreted);
  }
  return counts;
}

// The time of the first record, absent where there is none. `invalid`: the file is no log.
Result<std::optional<int64_t>> first_time_ms(const std::string& path) {
  ASSIGN_OR_RETURN(LineReader reader, LineReader::open(path));
  if (const auto how = compression_of(reader.head()); !how.empty()) {
    return invalid(compressed(path, how));
  }
  bool any = false, is_log = false;
  for (int i = 0; i < kLinesUntilRecord; ++i) {
    const auto line = reader.next();
    if (!line) break;
    const auto item = parse_replay_line(*line);
    any |= !item.is_ok();
    if (!item.is_ok() || std::holds_alternative<std::monostate>(*item)) continue;
    is_log = true;
    const auto* record = std::get_if<Datagram>(&*item);
    if (record == nullptr) continue;
    if (is_interpreted(*record)) return invalid(name_of(path) + " is " + kInterpreted);
    if (const auto key = decode_header(record->text, nullptr)) return std::optional(key->time_ms);
  }
  RETURN_IF_ERROR(reader.status().with_context(name_of(path)));
  if (any && !is_log) {
    return invalid(name_of(path) + " holds no audit record: logs of auditd are wanted, as text");
  }
  return std::optional<int64_t>();
}

bool can_be_read_twice(const std::string& path) {
  struct stat about {};
  return path != "-" &&
         (stat(path.c_str(), &about) != 0 || !(S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)));
}

}  // namespace

Result<std::vector<std::string>> oldest_first(std::vector<std::string> paths) {
  if (paths.size() > 1 && std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    return invalid("standard input cannot be played together with files");
  }
  if (!std::all_of(paths.begin(), paths.end(), can_be_read_twice)) return paths;
  std::vector<std::pair<int64_t, std::string>> by_time;
  std::string problems;
  for (std::string& path : paths) {
    const auto time_ms = first_time_ms(path);
    if (time_ms.is_ok()) {
      const int64_t at_ms = time_ms->value_or(std::numeric_limits<int64_t>::max());
      by_time.emplace_back(at_ms, std::move(path));
    } else if (time_ms.code() == Code::invalid) {
      problems += (problems.empty() ? "" : "\n") + time_ms.status().message();
    } else {
      return time_ms.status();
    }
  }
  if (!problems.empty()) return invalid(problems);
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
  if (counts.interpreted > 0) text += ", " + grouped(counts.interpreted) + " interpreted";
  if (counts.cut_lines > 0) text += ", " + grouped(counts.cut_lines) + " lines over 1 MiB cut";
  const double rate = static_cast<double>(counts.records) / seconds;
  return text + "; " + elapsed + ", " + grouped(static_cast<uint64_t>(rate)) + " records/s";
}

}  // namespace spoor::agent
