// What a query can ask of an event, by the words of docs/query.md. Constant tables; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::collector {

enum class Field : uint8_t {
  // texts
  cmd, arg, exe, cwd, file, input,
  // names
  user, as, person, host, session, key, tty, unit, container,
  // the rest, each of its own shape
  label, addr, result,
  // numbers
  port, pid, exit, signal,
};

// Of what shape a field's values are.
enum class Shape : uint8_t { text, name, label, address, result, number };

Shape shape_of(Field field);
std::string_view field_name(Field field);
std::optional<Field> field_named(std::string_view name);
// The greatest value of a number.
uint64_t number_max(Field field);

// What an event is.
enum class Kind : uint8_t {
  command, access, input, file, network, security, audit, service, application, data, log, record,
  loss, agent, operator_,
};
inline constexpr int kKinds = 15;

std::string_view kind_name(Kind kind);
std::optional<Kind> kind_named(std::string_view name);
// `command, access, …, and all`
std::string kind_names();

// The word of the language nearest to one that is none; nothing where none is near. Of fields and
// of what is said of a whole query, or of kinds.
std::optional<std::string_view> nearest_field(std::string_view name);
std::optional<std::string_view> nearest_kind(std::string_view name);

}  // namespace spoor::collector
