// How the kernel writes arguments (audit_log_execve_info):
//
//   argc=3 a0="ls" a1=2D6C2078 a2_len=9000 a2[0]=41…      7,500 bytes, then the next record
//   a2[1]=41… a2[2]=41…                                    continued, without argc
//
// aN_len counts the value as written: two a byte where it is hex. Pieces of one argument are all
// quoted or all hex. Values must lie in one run, so a piece that comes in order is put right behind
// the ones before it; one that comes early waits, and is copied there when its turn comes.
#include "agent/decode/exec_record.h"

#include <algorithm>

#include "agent/decode/fields.h"
#include "agent/decode/values.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr size_t kArgsBytesMax = kEventValuesBytesMax - kNamesBytesReserved;

struct ArgumentKey {
  enum class Part { whole, length, piece };
  Part part = Part::whole;
  uint32_t arg = 0;
  uint32_t piece = 0;
};

// aN, aN_len or aN[i].
bool parse_key(std::string_view key, ArgumentKey& out) {
  if (!key.starts_with('a')) return false;
  key.remove_prefix(1);
  size_t digits = 0;
  while (digits < key.size() && key[digits] >= '0' && key[digits] <= '9') ++digits;
  if (!parse_number(key.substr(0, digits), out.arg)) return false;
  const std::string_view rest = key.substr(digits);
  if (rest.empty()) return true;
  if (rest == "_len") {
    out.part = ArgumentKey::Part::length;
    return true;
  }
  out.part = ArgumentKey::Part::piece;
  return rest.size() > 2 && rest.front() == '[' && rest.back() == ']' &&
         parse_number(rest.substr(1, rest.size() - 2), out.piece);
}

// Null for an index beyond argc, or beyond what we take.
ExecArgument* argument(ExecFields& exec, uint32_t index) {
  if (index >= kExecArgsMax || (exec.argc && index >= *exec.argc)) return nullptr;
  if (index >= exec.args.size()) exec.args.resize(index + 1);
  return &exec.args[index];
}

bool set_argc(ExecFields& exec, std::string_view value) {
  uint32_t argc = 0;
  if (exec.argc || !parse_number(value, argc)) return false;
  exec.argc = argc;
  if (exec.args.size() > argc) {
    exec.args.resize(argc);
    return false;
  }
  exec.args.reserve(std::min(argc, 256u));  // the claim is not worth more memory
  return true;
}

bool add_whole(AuditEvent& event, ExecArgument& arg, const Field& field) {
  if (arg.present) return false;
  const Taken taken = append_value(event, field, kArgsBytesMax, arg.value);
  arg.present = taken != Taken::bad;
  arg.cut = taken == Taken::cut;
  return arg.present;
}

// The notes on an argument in pieces; the newest are last, and are asked for most.
ExecFields::Pieces* pieces_of(ExecFields& exec, uint32_t arg) {
  for (auto it = exec.in_pieces.rbegin(); it != exec.in_pieces.rend(); ++it) {
    if (it->arg == arg) return &*it;
  }
  if (exec.in_pieces.size() >= kExecPiecesMax) return nullptr;
  exec.in_pieces.push_back({.arg = arg});
  return &exec.in_pieces.back();
}

void judge_length(const ExecFields::Pieces& pieces, ExecArgument& arg) {
  const uint64_t written = uint64_t{arg.value.size} * (pieces.hex ? 2 : 1);
  arg.cut = arg.present && written < pieces.announced;
}

// Moves the argument's bytes to the end of `values`, where more can follow. False: no room.
bool move_to_end(AuditEvent& event, ExecArgument& arg) {
  if (arg.value.size == 0) {
    arg.value.offset = static_cast<uint32_t>(event.values.size());
    return true;
  }
  if (arg.value.offset + arg.value.size == event.values.size()) return true;
  if (event.values.size() + arg.value.size > kArgsBytesMax) return false;
  const auto offset = static_cast<uint32_t>(event.values.size());
  event.values.append(event.values, arg.value.offset, arg.value.size);
  arg.value.offset = offset;
  return true;
}

// Appends the waiting pieces whose turn has come.
void join_waiting(AuditEvent& event, ExecFields::Pieces& pieces, ExecArgument& arg) {
  auto& waiting = event.exec->waiting;
  for (;;) {
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const auto& piece) {
      return piece.arg == pieces.arg && piece.number == pieces.joined;
    });
    if (next == waiting.end() || !move_to_end(event, arg) ||
        event.values.size() + next->value.size > kArgsBytesMax) {
      return;
    }
    event.values.append(event.values, next->value.offset, next->value.size);
    arg.value.size += next->value.size;
    ++pieces.joined;
    *next = waiting.back();
    waiting.pop_back();
  }
}

// The piece's value at the end of `values`. An argument of exactly a buffer's length is followed by
// a piece with nothing in it.
Taken append_piece(AuditEvent& event, ExecFields::Pieces& pieces, const Field& field, Slice& out) {
  pieces.hex |= !field.quoted;
  if (field.value.empty()) return Taken::whole;
  return append_value(event, field, kArgsBytesMax, out);
}

// `cut`: there was no room for it, or for all of it.
Taken add_piece(AuditEvent& event, ExecFields::Pieces& pieces, ExecArgument& arg, uint32_t number,
                const Field& field) {
  if (number < pieces.joined || (pieces.joined == 0 && arg.present)) return Taken::bad;
  Slice value;
  if (number > pieces.joined) {
    auto& waiting = event.exec->waiting;
    if (waiting.size() >= kExecPiecesMax) return Taken::cut;
    const Taken taken = append_piece(event, pieces, field, value);
    if (taken == Taken::whole) waiting.push_back({pieces.arg, number, value});
    return taken;
  }
  if (!move_to_end(event, arg)) return Taken::cut;
  const Taken taken = append_piece(event, pieces, field, value);
  if (taken == Taken::bad) return taken;
  arg.present = true;
  arg.value.size += value.size;
  // Nothing may be joined behind a piece that was cut: its number stays open.
  if (taken == Taken::cut) return taken;
  ++pieces.joined;
  join_waiting(event, pieces, arg);
  return taken;
}

bool add_argument(AuditEvent& event, const Field& field) {
  ArgumentKey key;
  if (!parse_key(field.key, key)) return false;
  ExecArgument* arg = argument(*event.exec, key.arg);
  if (arg == nullptr) return false;
  if (key.part == ArgumentKey::Part::whole) return add_whole(event, *arg, field);
  ExecFields::Pieces* pieces = pieces_of(*event.exec, key.arg);
  if (pieces == nullptr) {
    arg->cut = arg->present;
    return false;
  }
  Taken taken = Taken::whole;
  if (key.part == ArgumentKey::Part::piece) {
    taken = add_piece(event, *pieces, *arg, key.piece, field);
  } else if (pieces->announced != 0 || !parse_number(field.value, pieces->announced)) {
    taken = Taken::bad;
  }
  judge_length(*pieces, *arg);
  if (taken == Taken::cut) arg->cut = arg->present;
  return taken != Taken::bad;
}

}  // namespace

bool decode_execve(std::string_view body, AuditEvent& into) {
  if (!into.exec) into.exec.emplace().args = std::move(into.spare_args);
  bool good = true;
  Fields fields(body);
  Field field;
  while (fields.next(field)) {
    const bool taken = field.id == field_id("argc") ? set_argc(*into.exec, field.value)
                                                    : add_argument(into, field);
    good = taken && good;
  }
  return good && !fields.broken();
}

}  // namespace spoor::agent
