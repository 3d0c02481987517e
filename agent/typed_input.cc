#include "agent/typed_input.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/blob.h"
#include "agent/correlate/record_view.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/fields.h"
#include "agent/decode/values.h"
#include "agent/limits.h"
#include "agent/redact/record_values.h"
#include "agent/redact/redactor.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x49545053;  // "SPTI"
constexpr uint32_t kVersion = 3;
constexpr uint16_t kUserTty = 1124, kTty = 1319;  // linux/audit.h

}  // namespace

bool TypedInputTable::redacted(std::string& line, std::string_view program) const {
  return redactor_ != nullptr && redactor_->redact_typed(line, program);
}

bool TypedInputTable::is_others(const AuditEvent& event) const {
  const uint32_t auid = event.user ? event.user->auid : event.subject->auid;
  return only_login_uid_ && auid != *only_login_uid_;
}

// Where there is no room the line is left to the record's text.
TypedLines::Sink TypedInputTable::into(AuditEvent& event, std::string_view program) const {
  return [this, &event, program](const TypedLine& line) {
    TypedFields::Line out;
    out.unfinished = line.unfinished;
    std::string typed(line.typed), edited(line.edited);
    event.rewritten |= redacted(typed, program);
    event.rewritten |= redacted(edited, program);
    if (put_bytes(event, typed, out.typed) && put_bytes(event, edited, out.edited)) {
      event.typed->lines.push_back(out);
    }
  };
}

std::string terminal_name(uint32_t major, uint32_t minor) {
  constexpr uint32_t kConsole = 4, kThisTerminal = 5, kPty = 136, kFirstSerial = 64;
  const std::string number = std::to_string(minor);
  if (major == kPty) return "pts/" + number;
  if (major == kConsole && minor < kFirstSerial) return "tty" + number;
  if (major == kConsole) return "ttyS" + std::to_string(minor - kFirstSerial);
  if (major == kThisTerminal && minor <= 1) return minor == 0 ? "tty" : "console";
  return std::to_string(major) + ":" + number;
}

void TypedInputTable::join(AuditEvent& event) {
  if (redactor_ == nullptr || !event.subject || is_others(event)) return;
  std::string text;
  std::vector<AuditEvent::Record> records = event.records;
  bool changed = false;
  for (AuditEvent::Record& record : records) {
    const std::string_view was = event.record_text(record);
    const std::string now = record.type == kTty ? joined(event.subject->pid, was)
                                                : std::string(was);
    changed |= now != was;
    record.offset = static_cast<uint32_t>(text.size());
    record.size = static_cast<uint32_t>(now.size());
    text += now;
  }
  if (!changed) return;
  event.text = std::move(text);
  event.records = std::move(records);
  event.rewritten = true;
  decode_again(event);
}

// The record with what may be shown of its line, and of those before it.
std::string TypedInputTable::joined(uint32_t pid, std::string_view record) {
  Key key{pid, 0, 0};
  std::string comm;
  TextField field, data;
  for (size_t at = body_of_record(record); next_field(record, at, field); at = field.end) {
    if (field.key == "major") (void)parse_number(field.value, key.major);
    if (field.key == "minor") (void)parse_number(field.value, key.minor);
    if (field.key == "comm") comm = value_of(field);
    if (field.key == "data") data = field;
  }
  if (data.key.empty() || data.value.empty()) return std::string(record);
  Begun& begun = begun_[key];
  begun.found = false;
  const std::string typed = value_of(data);
  const std::string shown = redactor_->typed_on(begun.tail, typed, comm, begun.found);
  if (shown == typed) return std::string(record);
  return std::string(record.substr(0, data.value_begin)) + as_hex(shown) +
         std::string(record.substr(data.end));
}

void TypedInputTable::read(AuditEvent& event) {
  event.typed.reset();
  if (!event.subject && !(event.user && event.user->type == kUserTty)) return;
  if (is_others(event)) return;
  for (const AuditEvent::Record& record : event.records) {
    if (record.type == kTty && event.subject) read_keys(event, record);
    if (record.type == kUserTty && event.user) read_line(event, record);
  }
}

void TypedInputTable::read_keys(AuditEvent& event, const AuditEvent::Record& record) {
  const RecordView in(event, record);
  const std::string data(in.text("data")), comm(in.text("comm"));  // values may move
  const Key key{event.subject->pid, static_cast<uint32_t>(in.number("major")),
                static_cast<uint32_t>(in.number("minor"))};
  const int64_t time_ns = event.key.time_ms * kNsPerMs;
  event.typed.emplace();
  event.typed->pid = key.pid;
  (void)put_bytes(event, terminal_name(key.major, key.minor), event.typed->terminal);
  (void)put_bytes(event, comm, event.typed->comm);
  Begun& begun = begun_[key];
  begun.time_ns = time_ns;
  begun.read = event.first_read;
  begun.ses = event.subject->ses;
  begun.auid = event.subject->auid;
  begun.uid = event.subject->uid.value_or(kUnsetId);
  begun.comm = comm;
  begun.used = ++uses_;
  begun.lines.feed(data, into(event, comm));
  begun.rewritten = begun.found || (begun.rewritten && event.typed->lines.empty());
  evict();
}

// A shell sends the line as it was when Enter was pressed, without the Enter.
void TypedInputTable::read_line(AuditEvent& event, const AuditEvent::Record& record) {
  const std::string data(RecordView(event, record).text("data"));
  event.typed.emplace();
  event.typed->pid = event.user->pid;
  TypedLines line;
  line.feed(data, into(event, {}));
  line.feed("\r", into(event, {}));
}

void TypedInputTable::exited(uint32_t pid, Instant now) {
  for (auto at = begun_.lower_bound({pid, 0, 0}); at != begun_.end() && at->first.pid == pid;
       ++at) {
    if (at->second.exit_read_ns != 0) continue;  // it is told more than once
    ++exits_;
    at->second.exit_read_ns = now.boottime_ns;
  }
}

void TypedInputTable::left(uint32_t ses, Instant now,
                           const std::function<bool(uint32_t pid)>& lives) {
  for (auto& [key, begun] : begun_) {
    if (begun.ses != ses || begun.exit_read_ns != 0 || lives(key.pid)) continue;
    ++exits_;
    begun.exit_read_ns = now.boottime_ns;
  }
}

void TypedInputTable::tick(Instant drained) {
  if (exits_ == 0) return;
  for (auto at = begun_.begin(); at != begun_.end();) {
    const int64_t exit_ns = at->second.exit_read_ns;
    const bool is_over = exit_ns != 0 && drained.boottime_ns - exit_ns >= kExitHoldNs;
    at = is_over ? end(at) : std::next(at);
  }
}

void TypedInputTable::close() {
  while (!begun_.empty()) end(begun_.begin());
}

// Tells of what is left, and forgets it.
TypedInputTable::Table::iterator TypedInputTable::end(Table::iterator at) {
  const auto& [key, begun] = *at;
  const std::string terminal = terminal_name(key.major, key.minor);
  TypedRest rest{begun.time_ns, begun.read, key.pid, begun.ses, begun.auid, begun.uid,
                 terminal,      begun.comm, {},      {}};
  const TypedLines::Sink tell = [&](const TypedLine& line) {
    std::string typed(line.typed), edited(line.edited);
    rest.rewritten = begun.rewritten;
    rest.rewritten |= redacted(typed, begun.comm);
    rest.rewritten |= redacted(edited, begun.comm);
    rest.typed = typed;
    rest.edited = edited;
    sink_(rest);
  };
  if (redactor_ != nullptr) {
    Begun& last = at->second;
    last.lines.feed(redactor_->typed_rest(last.tail, last.comm, last.rewritten), tell);
  }
  at->second.lines.flush(tell);
  exits_ -= at->second.exit_read_ns != 0 ? 1 : 0;
  return begun_.erase(at);
}

void TypedInputTable::evict() {
  const auto bytes = [this] {
    size_t sum = 0;
    for (const auto& [key, begun] : begun_) sum += begun.lines.bytes() + begun.tail.bytes();
    return sum;
  };
  while (begun_.size() > kTypedLinesMax || (begun_.size() > 1 && bytes() > kTypedBytesMax)) {
    end(std::min_element(begun_.begin(), begun_.end(), [](const auto& a, const auto& b) {
      return a.second.used < b.second.used;
    }));
  }
}

// ------------------------------------------------------------------ saved state

std::string TypedInputTable::save() const {
  std::string bytes;
  append_le(bytes, static_cast<uint32_t>(begun_.size()));
  for (const auto& [key, begun] : begun_) {
    for (const uint32_t n : {key.pid, key.major, key.minor, begun.ses, begun.auid, begun.uid}) {
      append_le(bytes, n);
    }
    for (const int64_t n : {begun.time_ns, begun.read.realtime_ns, begun.read.boottime_ns,
                            begun.exit_read_ns}) {
      append_le(bytes, n);
    }
    append_string(bytes, begun.comm);
    append_le(bytes, static_cast<uint8_t>(begun.rewritten));
    std::string pending(begun.lines.pending()), held;
    (void)redacted(pending, begun.comm);
    append_string(bytes, pending);
    bool is_cut = false;
    if (redactor_ != nullptr) held = redactor_->typed_saved(begun.tail, begun.comm, is_cut);
    append_string(bytes, held);
    append_le(bytes, static_cast<uint8_t>(is_cut));
  }
  return seal_blob(kMagic, kVersion, bytes);
}

Status TypedInputTable::restore(std::string_view saved) {
  ASSIGN_OR_RETURN(const std::string_view bytes, open_blob(kMagic, kVersion, saved));
  BlobReader from(bytes);
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i < kTypedLinesMax && from.good(); ++i) {
    Key key;
    for (uint32_t* n : {&key.pid, &key.major, &key.minor}) *n = from.number<uint32_t>();
    Begun& begun = begun_[key];
    for (uint32_t* n : {&begun.ses, &begun.auid, &begun.uid}) *n = from.number<uint32_t>();
    for (int64_t* n : {&begun.time_ns, &begun.read.realtime_ns, &begun.read.boottime_ns,
                       &begun.exit_read_ns}) {
      *n = from.number<int64_t>();
    }
    begun.comm = from.string();
    begun.rewritten = from.number<uint8_t>() != 0;
    begun.used = ++uses_;
    // A line that ended would have been told.
    begun.lines.feed(from.string(), [](const TypedLine&) {});
    const std::string_view held = from.string();
    begun.tail.restore(held, from.number<uint8_t>() != 0);
    exits_ += begun.exit_read_ns != 0 ? 1 : 0;
  }
  if (from.good() && from.at_end() && begun_.size() == count) return ok();
  begun_.clear();
  exits_ = 0;
  return corrupt("saved typed lines make no sense");
}

}  // namespace spoor::agent
