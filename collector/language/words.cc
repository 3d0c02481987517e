#include "collector/language/words.h"

#include <absl/strings/ascii.h>

namespace spoor::collector {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kEndsAWord = " \t\r\n()";

Word::Kind kind_of_plain(std::string_view raw) {
  if (raw == "and" || raw == "AND") return Word::Kind::and_;
  if (raw == "or" || raw == "OR") return Word::Kind::or_;
  if (raw == "not" || raw == "NOT") return Word::Kind::not_;
  return Word::Kind::part;
}

std::optional<unsigned> hex_digit(char c) {
  if (absl::ascii_isdigit(static_cast<unsigned char>(c))) return c - '0';
  c = absl::ascii_tolower(static_cast<unsigned char>(c));
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  Result<std::vector<Word>> run() {
    std::vector<Word> out;
    while (true) {
      at_ = text_.find_first_not_of(kSpace, at_);
      if (at_ == std::string_view::npos) return out;
      Word word;
      word.column = at_ + 1;
      if (text_[at_] == '(' || text_[at_] == ')') {
        word.kind = text_[at_] == '(' ? Word::Kind::open : Word::Kind::close;
        word.raw = text_.substr(at_++, 1);
      } else {
        RETURN_IF_ERROR(read_part(word));
      }
      out.push_back(std::move(word));
    }
  }

 private:
  Status read_part(Word& word) {
    const size_t begin = at_;
    read_field(word);
    word.value_column = at_ + 1;
    const size_t value = at_;
    bool is_plain = true;
    while (at_ < text_.size() && kEndsAWord.find(text_[at_]) == std::string_view::npos) {
      is_plain = is_plain && text_[at_] != '"' && text_[at_] != '\\';
      if (text_[at_] == '"')
        RETURN_IF_ERROR(read_quoted(word.value));
      else
        RETURN_IF_ERROR(read_byte(word.value));
    }
    word.raw = text_.substr(begin, at_ - begin);
    word.raw_value = text_.substr(value, at_ - value);
    if (!word.field && is_plain) word.kind = kind_of_plain(word.raw);
    return ok();
  }

  // `user:` and `!=`.
  void read_field(Word& word) {
    const size_t colon = text_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at_);
    if (colon == at_ || colon == std::string_view::npos || text_[colon] != ':') return;
    word.field = text_.substr(at_, colon - at_);
    at_ = colon + 1;
    word.sign_column = at_ + 1;
    for (const std::string_view sign : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      word.sign = text_.substr(at_, sign.size());
      at_ += sign.size();
      return;
    }
  }

  Status read_quoted(Pattern& value) {
    const size_t quote = at_++;
    while (at_ < text_.size() && text_[at_] != '"') RETURN_IF_ERROR(read_byte(value));
    if (at_ == text_.size()) return wrong_at(quote + 1, "this quote is not closed");
    ++at_;
    return ok();
  }

  Status read_byte(Pattern& value) {
    const char c = text_[at_];
    if (c == '\\') return read_escape(value);
    ++at_;
    if (c == '*')
      value.append_hole();
    else
      value.append(c);
    return ok();
  }

  Status read_escape(Pattern& value) {
    const size_t column = at_ + 1;
    if (at_ + 1 == text_.size())
      return wrong_at(column, "a backslash at the end takes away the meaning of nothing; a "
                              "backslash itself: \\\\");
    const char c = text_[at_ + 1];
    at_ += 2;
    switch (c) {
      case 'n': value.append('\n'); return ok();
      case 't': value.append('\t'); return ok();
      case 'r': value.append('\r'); return ok();
      case 'x': return read_hex(value, column);
      default: break;
    }
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
      return wrong_at(column, std::string("\\") + c +
                                  " means nothing here; a backslash itself: \\\\");
    value.append(c);
    return ok();
  }

  Status read_hex(Pattern& value, size_t column) {
    const auto high = at_ < text_.size() ? hex_digit(text_[at_]) : std::nullopt;
    const auto low = at_ + 1 < text_.size() ? hex_digit(text_[at_ + 1]) : std::nullopt;
    if (!high || !low) return wrong_at(column, "\\x needs two hex digits behind it");
    value.append(static_cast<char>(*high << 4 | *low));
    at_ += 2;
    return ok();
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<Word>> cut_into_words(std::string_view text) { return Cutter(text).run(); }

Status wrong_at(size_t column, const std::string& what) {
  return invalid("column " + std::to_string(column) + ": " + what);
}

}  // namespace spoor::collector
