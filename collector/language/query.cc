#include "collector/language/query.h"

#include "collector/language/moment.h"

namespace spoor::collector {

namespace {

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal: return "=";
    case Comparison::less: return "<";
    case Comparison::less_or_equal: return "<=";
    case Comparison::greater: return ">";
    case Comparison::greater_or_equal: return ">=";
  }
  return "=";
}

void append(std::string& out, const Test& test) {
  const std::string_view sign = test.is_other ? "!=" : "=";
  out += field_name(test.field);
  if (const auto* pattern = std::get_if<Pattern>(&test.value)) {
    out.append(sign).append("\"").append(pattern->to_text()).append("\"");
  } else if (const auto* label = std::get_if<LabelTest>(&test.value)) {
    out.append(".").append(Pattern::exactly(label->name).to_text()).append(sign);
    out.append("\"").append(label->value.to_text()).append("\"");
  } else if (const auto* network = std::get_if<Network>(&test.value)) {
    out.append(sign).append(network->to_text());
  } else if (const auto* result = std::get_if<ResultTest>(&test.value)) {
    out.append(sign).append(*result == ResultTest::ok ? "ok" : "failed");
  } else {
    const NumberTest& number = std::get<NumberTest>(test.value);
    out.append(test.is_other ? "!=" : sign_of(number.comparison));
    out.append(std::to_string(number.number));
  }
}

void append(std::string& out, const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::test: return append(out, expression.test);
    case Expression::Kind::all: out += "(and"; break;
    case Expression::Kind::any: out += "(or"; break;
    case Expression::Kind::none: out += "(not"; break;
  }
  for (const Expression& part : expression.parts) {
    out += ' ';
    append(out, part);
  }
  out += ')';
}

void append(std::string& out, Kinds kinds) {
  if (kinds.all()) {
    out += "all";
    return;
  }
  const size_t begin = out.size();
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (!kinds[i]) continue;
    if (out.size() > begin) out += ',';
    out += kind_name(static_cast<Kind>(i));
  }
}

}  // namespace

Kinds default_kinds() {
  Kinds out;
  for (const Kind kind : {Kind::command, Kind::access, Kind::input})
    out.set(static_cast<size_t>(kind));
  return out;
}

std::string Query::to_text() const {
  std::string out;
  const auto word = [&out](std::string_view name) -> std::string& {
    if (!out.empty()) out += ' ';
    return out.append(name);
  };
  if (since_ns) word("since=").append(utc_text(*since_ns));
  if (until_ns) word("until=").append(utc_text(*until_ns));
  if (kinds != default_kinds()) append(word("kind="), kinds);
  if (same_case) word("case=yes");
  if (where) append(word(""), *where);
  return out;
}

}  // namespace spoor::collector
