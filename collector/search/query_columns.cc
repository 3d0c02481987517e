#include "collector/search/query_columns.h"

#include <array>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

using enum QueryColumn::Holds;
using v1::Event;

struct FieldColumns {
  Field field;
  std::array<QueryColumn, 2> columns;
  size_t size;
};

constexpr FieldColumns one(Field field, QueryColumn::Holds holds, Text column) {
  return {field, {{{holds, column}, {}}}, 1};
}
constexpr FieldColumns one(Field field, QueryColumn::Holds holds, Number column) {
  return {field, {{{holds, column}, {}}}, 1};
}
constexpr FieldColumns both(Field field, QueryColumn first, QueryColumn second) {
  return {field, {{first, second}}, 2};
}

constexpr FieldColumns kColumns[] = {
    one(Field::cmd, text, Text::command),
    one(Field::arg, words, Text::command),
    one(Field::exe, text, Text::exe),
    one(Field::cwd, text, Text::cwd),
    one(Field::file, names, Text::files),
    one(Field::input, text, Text::input),
    both(Field::user, {text, Text::user}, {plus_one, Number::login_uid}),
    both(Field::as, {text, Text::as}, {plus_one, Number::euid}),
    one(Field::host, text, Text::host),
    one(Field::key, names, Text::keys),  // and those of the session
    one(Field::tty, text, Text::terminal),
    one(Field::unit, text, Text::unit),
    one(Field::container, text, Text::container),
    one(Field::addr, names, Text::addresses),
    both(Field::port, {number, Number::port}, {number, Number::local_port}),
    one(Field::pid, number, Number::pid),
    one(Field::exit, plus_one, Number::exit),
    one(Field::signal, number, Number::signal),
    // person: host, user, keys, time. session: host, ses, boot, session. label: host.
    // result: kind, result, exit, signal.
};

// By Kind.
struct EventKinds {
  std::array<uint8_t, 6> numbers;
  size_t size;
};
template <typename... Numbers>
constexpr EventKinds kinds(Numbers... numbers) {
  return {{static_cast<uint8_t>(numbers)...}, sizeof...(numbers)};
}
constexpr std::array<EventKinds, kKinds> kEventKinds = {
    /* command */ kinds(Event::kCommandStarted, Event::kProcessEnded),
    /* access */
    kinds(Event::kSessionOpened, Event::kSessionFact, Event::kSessionClosed,
          Event::kAuthentication, Event::kPrivilegeChange, Event::kAccountChange),
    /* input */ kinds(Event::kTypedInput, Event::kShellLine),
    /* file */ kinds(Event::kFileAccess),
    /* network */ kinds(Event::kNetwork),
    /* security */ kinds(Event::kSecurityDecision),
    /* audit */ kinds(Event::kAuditConfigChange),
    /* service */ kinds(Event::kService),
    /* application */ kinds(Event::kApplicationActivity),
    /* data */ kinds(Event::kDataChange),
    /* log */ kinds(Event::kLogMessage),
    /* record */ kinds(Event::kOtherRecord, Event::kDisbelievedRecord),
    /* loss */ kinds(Event::kLoss),
    /* agent */
    kinds(Event::kAgentState, Event::kAgentHealth, Event::kCollectorState,
          Event::kStreamConflict),
    /* operator */ kinds(Event::kOperatorAction),
};

}  // namespace

std::span<const QueryColumn> query_columns(Field field) {
  for (const FieldColumns& columns : kColumns) {
    if (columns.field == field) return {columns.columns.data(), columns.size};
  }
  return {};
}

std::span<const uint8_t> event_kinds(Kind kind) {
  const EventKinds& kinds = kEventKinds[static_cast<size_t>(kind)];
  return {kinds.numbers.data(), kinds.size};
}

}  // namespace spoor::collector
