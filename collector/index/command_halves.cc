#include "collector/index/command_halves.h"

#include <algorithm>

#include <absl/container/flat_hash_map.h>

#include "collector/blocks/command_pairs.h"
#include "common/byte_reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

static_assert(kStartKind == v1::Event::kCommandStarted && kEndKind == v1::Event::kProcessEnded);
static_assert(kFailedResult == v1::Outcome::RESULT_FAILURE);

namespace {

Status no_halves() { return corrupt("index: ends of commands that are none"); }

// The columns of a page.
struct Columns {
  std::span<const uint64_t> kind, result, partner, pid, birth, exec, exit, signal, host, session;
};
Result<Columns> columns_of(RowPage& page) {
  Columns out;
  ASSIGN_OR_RETURN(out.kind, page.values(Number::kind));
  ASSIGN_OR_RETURN(out.result, page.values(Number::result));
  ASSIGN_OR_RETURN(out.partner, page.values(Number::partner));
  ASSIGN_OR_RETURN(out.pid, page.values(Number::pid));
  ASSIGN_OR_RETURN(out.birth, page.values(Number::birth));
  ASSIGN_OR_RETURN(out.exec, page.values(Number::exec));
  ASSIGN_OR_RETURN(out.exit, page.values(Number::exit));
  ASSIGN_OR_RETURN(out.signal, page.values(Number::signal));
  ASSIGN_OR_RETURN(out.host, page.values(Text::host));
  ASSIGN_OR_RETURN(out.session, page.values(Text::session));
  return out;
}

class LoneHalves {
 public:
  explicit LoneHalves(const RowTable& table) : table_(table), texts_(table.open_texts()) {}

  Status add(size_t page);
  Result<std::vector<CommandHalf>> take();

 private:
  struct Half {
    SessionProcess process;
    CommandHalf half;
    bool is_replaced = false;
  };
  // Of a process; `half`: of those that were found, if it is one.
  struct Start {
    bool failed = false;
    std::optional<size_t> half;
  };
  // It takes the place of what ran before it; false: it failed, and something runs.
  bool begin(const SessionProcess& process, bool failed, bool is_lone);

  const RowTable& table_;
  const std::unique_ptr<RowTexts> texts_;
  std::vector<Half> found_;
  absl::flat_hash_map<SessionProcess, Start> started_;  // the last one
};

Status LoneHalves::add(size_t number) {
  const ValueRange kinds = table_.range(Number::kind, number);
  if (!kinds.holds(kStartKind) && !kinds.holds(kEndKind)) return ok();
  const auto page = table_.open_page(number);
  ASSIGN_OR_RETURN(const Columns c, columns_of(*page));
  for (size_t i = 0; i < c.kind.size(); ++i) {
    if (!is_half(c.kind[i]) || c.pid[i] == 0 || c.exec[i] == 0) continue;
    const bool is_end = c.kind[i] == kEndKind;
    const bool failed = !is_end && c.result[i] == kFailedResult;
    const SessionProcess process{c.host[i], c.session[i], c.pid[i], c.birth[i]};
    const bool is_lone = c.partner[i] == 0;
    if (!is_end && !begin(process, failed, is_lone)) continue;
    if (is_lone) found_.push_back({process,
                      {{}, c.exec[i], is_end, failed, c.birth[i] != 0,
                       static_cast<uint32_t>(number * kPageRows + i), c.exit[i], c.signal[i]}});
  }
  return ok();
}

bool LoneHalves::begin(const SessionProcess& process, bool failed, bool is_lone) {
  const auto [at, is_new] = started_.try_emplace(process);
  Start& before = at->second;
  if (!is_new && failed && !before.failed) return false;
  if (before.half) found_[*before.half].is_replaced = true;
  before = {failed, is_lone ? std::optional(found_.size()) : std::nullopt};
  return true;
}

Result<std::vector<CommandHalf>> LoneHalves::take() {
  std::vector<CommandHalf> out;
  for (Half& found : found_) {
    if (found.is_replaced) continue;
    std::string& name = found.half.process;
    append_varint(name, found.process.pid);
    append_varint(name, found.process.birth);
    ASSIGN_OR_RETURN(const TextValue session, texts_->text(Text::session, found.process.session));
    append_varint(name, session.text.size());
    name += session.text;
    ASSIGN_OR_RETURN(const TextValue host, texts_->text(Text::host, found.process.host));
    name += host.text;
    out.push_back(std::move(found.half));
  }
  return out;
}

}  // namespace

Result<std::vector<CommandHalf>> lone_halves(const RowTable& table) {
  LoneHalves halves(table);
  for (size_t page = 0; page < table.pages(); ++page) RETURN_IF_ERROR(halves.add(page));
  return halves.take();
}

void HalvesElsewhere::sort() {
  std::ranges::sort(ends, {}, &EndElsewhere::start);
  std::ranges::sort(joined_ends);
}

std::string encode_halves(const HalvesElsewhere& halves) {
  std::string out;
  append_varint(out, halves.ends.size());
  uint32_t before = 0;
  for (const EndElsewhere& end : halves.ends) {
    append_varint(out, end.start - before);
    before = end.start;
    append_varint(out, end.exit);
    append_varint(out, end.signal);
    append_varint(out, end.end.block);
    append_varint(out, end.end.row);
  }
  append_varint(out, halves.joined_ends.size());
  before = 0;
  for (const uint32_t row : halves.joined_ends) {
    append_varint(out, row - before);
    before = row;
  }
  return out;
}

Status decode_halves(std::string_view text, HalvesElsewhere& out) {
  ByteReader from(as_bytes(text));
  const auto row = [&](uint64_t before) {
    const uint64_t more = from.varint();
    return more < kIndexBlockRowsMax ? before + more : kIndexBlockRowsMax;
  };
  uint64_t at = 0;
  for (uint64_t left = from.varint(); left > 0 && from.is_ok(); --left) {
    EndElsewhere end;
    at = row(at);
    end.start = static_cast<uint32_t>(at);
    end.exit = from.varint();
    end.signal = from.varint();
    end.end.block = from.varint();
    const uint64_t end_row = row(0);
    end.end.row = static_cast<uint32_t>(end_row);
    if (at >= kIndexBlockRowsMax || end_row >= kIndexBlockRowsMax) return no_halves();
    out.ends.push_back(end);
  }
  at = 0;
  for (uint64_t left = from.varint(); left > 0 && from.is_ok(); --left) {
    at = row(at);
    if (at >= kIndexBlockRowsMax) return no_halves();
    out.joined_ends.push_back(static_cast<uint32_t>(at));
  }
  return from.is_ok() && from.at_end() ? ok() : no_halves();
}

}  // namespace spoor::collector
