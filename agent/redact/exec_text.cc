#include "agent/redact/exec_text.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace spoor::agent {
namespace {

bool read_number(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

// aN, aN_len or aN[i].
bool ExecText::read_key(std::string_view key, Token& token) {
  if (!key.starts_with('a')) return false;
  key.remove_prefix(1);
  const size_t digits = std::min(key.find_first_not_of("0123456789"), key.size());
  if (!read_number(key.substr(0, digits), token.arg)) return false;
  const std::string_view rest = key.substr(digits);
  if (rest.empty()) return true;
  token.part = rest == "_len" ? Part::length : Part::piece;
  return rest == "_len" || (rest.size() > 2 && rest.front() == '[' && rest.back() == ']' &&
                            read_number(rest.substr(1, rest.size() - 2), token.piece));
}

void ExecText::add(std::string_view record) {
  const auto number = static_cast<uint32_t>(records_.size());
  records_.push_back(record);
  has_others_.push_back(false);
  Token token;
  TextField field;
  for (size_t at = body_of_record(record); next_field(record, at, field); at = field.end) {
    const size_t begin = field.begin;
    token.record = number;
    token.begin = static_cast<uint32_t>(begin > at && record[begin - 1] == ' ' ? begin - 1 : begin);
    token.end = static_cast<uint32_t>(field.end);
    token.part = Part::whole;
    token.quoted = field.quoted;
    token.value = field.value;
    if (read_key(field.key, token)) tokens_.push_back(token);
    else has_others_.back() = true;
  }
}

// All that speaks of one argument: its length, what is whole, then pieces by their number.
void ExecText::join(std::span<const Token*> tokens) {
  uint64_t announced = 0, have = 0;
  bool goes_on = true, is_begun = false;
  std::string value;
  const Token* before = nullptr;
  for (const Token* token : tokens) {
    // Of two that claim to be the same piece, decode takes the first.
    const bool is_again = before != nullptr && token->part == Part::piece &&
                          before->part == Part::piece && before->piece == token->piece;
    before = token;
    if (is_again) continue;
    if (token->part == Part::length) {
      (void)read_number(token->value, announced);
      continue;
    }
    have += token->value.size();
    // The kernel writes an argument whole or in pieces, never both.
    is_begun |= !goes_on && token->part == Part::piece && value.ends_with(kMarkerEnd);
    if (is_begun) continue;
    value += value_of(token->value, token->quoted);
    goes_on = token->part == Part::piece;
  }
  if (is_begun) begun_.push_back(static_cast<uint32_t>(arguments_.size()));
  numbers_.push_back(tokens.front()->arg);
  arguments_.push_back({{}, goes_on && have < announced});
  values_.push_back(std::move(value));
}

std::span<const Argument> ExecText::arguments() {
  std::vector<const Token*> order;
  order.reserve(tokens_.size());
  for (const Token& token : tokens_) order.push_back(&token);
  const auto before = [](const Token* a, const Token* b) {
    return std::tie(a->arg, a->part, a->piece) < std::tie(b->arg, b->part, b->piece);
  };
  // As the kernel writes them they are.
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::stable_sort(order.begin(), order.end(), before);
  }
  for (size_t first = 0; first < order.size();) {
    size_t end = first;
    // One that is there twice is two: what decode makes of it, the text shows both.
    const auto is_another = [&] {
      return order[end]->part == Part::whole && end > first && order[end - 1]->part == Part::whole;
    };
    while (end < order.size() && order[end]->arg == order[first]->arg && !is_another()) {
      tokens_[static_cast<size_t>(order[end] - tokens_.data())].argument =
          static_cast<uint32_t>(arguments_.size());
      ++end;
    }
    join(std::span(order).subspan(first, end - first));
    first = end;
  }
  for (size_t i = 0; i < arguments_.size(); ++i) arguments_[i].bytes = values_[i];
  return arguments_;
}

std::vector<std::string> ExecText::with(const std::map<uint32_t, std::string>& values) const {
  std::vector<std::string> out(records_.size());
  std::vector<size_t> copied(records_.size());
  std::vector<bool> is_written(arguments_.size()), has_rest = has_others_;
  for (const Token& token : tokens_) {
    const auto value = values.find(token.argument);
    if (value == values.end()) {
      has_rest[token.record] = true;
      continue;
    }
    std::string& text = out[token.record];
    text.append(records_[token.record].substr(copied[token.record],
                                              token.begin - copied[token.record]));
    copied[token.record] = token.end;
    if (is_written[token.argument]) continue;
    is_written[token.argument] = true;
    has_rest[token.record] = true;
    if (records_[token.record][token.begin] == ' ') text += ' ';
    text += 'a' + std::to_string(token.arg) + '=' + written(value->second);
    // Behind a closing quote something else may begin at once; not so behind hex.
    if (token.end < records_[token.record].size() && records_[token.record][token.end] != ' ') {
      text += ' ';
    }
  }
  for (size_t i = 0; i < records_.size(); ++i) {
    const bool was_cut = copied[i] != 0;
    out[i].append(records_[i].substr(copied[i]));
    if (was_cut && !has_rest[i]) out[i].clear();
  }
  return out;
}

}  // namespace spoor::agent
