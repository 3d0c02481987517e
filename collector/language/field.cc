#include "collector/language/field.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace spoor::collector {

namespace {

struct FieldRow {
  std::string_view name;
  Shape shape;
  uint64_t number_max = 0;
};

// By Field.
constexpr std::array kFields = std::to_array<FieldRow>({
    {"cmd", Shape::text},        {"arg", Shape::text},      {"exe", Shape::text},
    {"cwd", Shape::text},        {"file", Shape::text},     {"input", Shape::text},
    {"user", Shape::name},       {"as", Shape::name},       {"person", Shape::name},
    {"host", Shape::name},       {"session", Shape::name},  {"key", Shape::name},
    {"tty", Shape::name},        {"unit", Shape::name},     {"container", Shape::name},
    {"label", Shape::label},     {"addr", Shape::address},  {"result", Shape::result},
    {"port", Shape::number, 65'535},
    {"pid", Shape::number, std::numeric_limits<uint32_t>::max()},
    {"exit", Shape::number, 255},
    {"signal", Shape::number, 64},
});

// By Kind.
constexpr std::array<std::string_view, kKinds> kKindNames = {
    "command", "access",      "input", "file", "network", "security", "audit",   "service",
    "application", "data",    "log",   "record", "loss",  "agent",    "operator"};

constexpr std::array<std::string_view, 4> kOfTheWholeQuery = {"kind", "since", "until", "case"};

// How many bytes must be put in, taken out or changed (Levenshtein).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

class Nearest {
 public:
  explicit Nearest(std::string_view name) : name_(name), least_(name.size() > 4 ? 3 : 2) {}
  void look_at(std::string_view candidate) {
    const size_t far = distance(name_, candidate);
    if (far >= least_) return;
    least_ = far;
    found_ = candidate;
  }
  std::optional<std::string_view> found() const { return found_; }

 private:
  std::string_view name_;
  size_t least_;
  std::optional<std::string_view> found_;
};

}  // namespace

Shape shape_of(Field field) { return kFields[static_cast<size_t>(field)].shape; }
std::string_view field_name(Field field) { return kFields[static_cast<size_t>(field)].name; }
uint64_t number_max(Field field) { return kFields[static_cast<size_t>(field)].number_max; }

std::optional<Field> field_named(std::string_view name) {
  const auto at = std::find_if(kFields.begin(), kFields.end(),
                               [&](const FieldRow& row) { return row.name == name; });
  if (at == kFields.end()) return std::nullopt;
  return static_cast<Field>(at - kFields.begin());
}

std::string_view kind_name(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::optional<Kind> kind_named(std::string_view name) {
  const auto at = std::find(kKindNames.begin(), kKindNames.end(), name);
  if (at == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(at - kKindNames.begin());
}

std::string kind_names() {
  std::string out;
  for (const std::string_view name : kKindNames) out.append(name).append(", ");
  return out + "and all";
}

std::optional<std::string_view> nearest_field(std::string_view name) {
  Nearest nearest(name);
  for (const FieldRow& row : kFields) nearest.look_at(row.name);
  for (const std::string_view word : kOfTheWholeQuery) nearest.look_at(word);
  return nearest.found();
}

std::optional<std::string_view> nearest_kind(std::string_view name) {
  Nearest nearest(name);
  for (const std::string_view kind : kKindNames) nearest.look_at(kind);
  return nearest.found();
}

}  // namespace spoor::collector
