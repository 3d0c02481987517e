#include "collector/language/parser.h"

#include <charconv>

#include <absl/strings/ascii.h>

#include "collector/language/moment.h"
#include "collector/language/words.h"
#include "common/quoting.h"

namespace spoor::collector {

namespace {

// ---------------------------------------------------------------- one part

bool is_comparison(std::string_view sign) { return sign.starts_with('<') || sign.starts_with('>'); }

Comparison comparison_of(std::string_view sign) {
  if (sign == "<") return Comparison::less;
  if (sign == "<=") return Comparison::less_or_equal;
  if (sign == ">") return Comparison::greater;
  if (sign == ">=") return Comparison::greater_or_equal;
  return Comparison::equal;
}

// The value as bytes; nothing when it has a *.
std::optional<std::string> plain(const Word& word) {
  if (word.value.has_hole()) return std::nullopt;
  return word.value.pieces().front();
}

Status no_sign(const Word& word) {
  if (word.sign.empty()) return ok();
  const std::string name(*word.field);
  const std::string end = name == "kind" ? "; list those that you want, with commas" : "";
  return wrong_at(word.sign_column, name + " takes no " + std::string(word.sign) + end);
}

Result<Pattern> read_text(const Word& word) {
  Pattern value = word.value;
  if (word.sign == "=") return value;
  if (value.is_empty())
    return wrong_at(word.value_column,
                    word.field ? "an empty text is in everything; leave it out, or say " +
                                     std::string(*word.field) + ":=\"\" for one that is empty"
                               : "an empty text is in everything; leave it out");
  if (!value.has_hole()) value.open_at_both_ends();
  return value;
}

Result<LabelTest> read_label(const Word& word) {
  const std::string& first = word.value.pieces().front();
  const size_t sign = first.find('=');
  LabelTest out;
  if (word.sign == "=") return wrong_at(word.sign_column, "a label is label:NAME=VALUE");
  out.name = first.substr(0, sign);
  if (sign == std::string::npos && word.value.has_hole())
    return wrong_at(word.value_column, "a label's name has no *");
  if (out.name.empty()) return wrong_at(word.value_column, "a label is label:NAME=VALUE");
  if (sign == std::string::npos) {
    out.value.append_hole();
    return out;
  }
  for (size_t i = 0; i < word.value.pieces().size(); ++i) {
    if (i > 0) out.value.append_hole();
    for (const char c : std::string_view(word.value.pieces()[i]).substr(i == 0 ? sign + 1 : 0))
      out.value.append(c);
  }
  return out;
}

Result<NumberTest> read_number(const Word& word, Field field) {
  const std::string name(field_name(field));
  const std::optional<std::string> digits = plain(word);
  NumberTest out;
  out.comparison = comparison_of(word.sign);
  const char* begin = digits ? digits->data() : nullptr;
  const size_t size = digits ? digits->size() : 0;
  const auto [end, error] = std::from_chars(begin, begin + size, out.number);
  const bool is_whole = digits && end == begin + size;
  if (is_whole && error == std::errc() && out.number <= number_max(field)) return out;
  if (is_whole && !digits->empty())
    return wrong_at(word.value_column,
                    name + " is 0 to " + std::to_string(number_max(field)));
  std::string what = visible(word.raw_value) + " is no number";
  if (!digits) what += "; say " + name + ":>=10 for a range";
  if (field == Field::signal) what += "; kill -l has the numbers of signals";
  return wrong_at(word.value_column, what);
}

Result<Network> read_network(const Word& word) {
  const auto network = parse_network(plain(word).value_or(std::string(word.raw_value)));
  if (!network.is_ok()) return wrong_at(word.value_column, network.status().message());
  return network;
}

Result<ResultTest> read_result(const Word& word) {
  const std::string value = absl::AsciiStrToLower(plain(word).value_or(""));
  if (value != "ok" && value != "failed")
    return wrong_at(word.value_column, "result is ok or failed");
  return (value == "ok") != (word.sign == "!=") ? ResultTest::ok : ResultTest::failed;
}

Result<Test> read_test(const Word& word, Field field) {
  Test out;
  out.field = field;
  out.is_other = word.sign == "!=";
  const Shape shape = shape_of(field);
  if (is_comparison(word.sign) && shape != Shape::number)
    return wrong_at(word.sign_column,
                    std::string(word.sign) + " is for numbers (exit, signal, pid, port)" +
                        (shape == Shape::text ? "; a text that begins with it: \"" +
                                                    visible(word.sign) + visible(word.raw_value) +
                                                    "\""
                                              : ""));
  switch (shape) {
    case Shape::text: {
      ASSIGN_OR_RETURN(out.value, read_text(word));
      break;
    }
    case Shape::name: out.value = word.value; break;
    case Shape::label: {
      ASSIGN_OR_RETURN(out.value, read_label(word));
      break;
    }
    case Shape::address: {
      ASSIGN_OR_RETURN(out.value, read_network(word));
      break;
    }
    case Shape::result: {
      ASSIGN_OR_RETURN(out.value, read_result(word));
      out.is_other = false;
      break;
    }
    case Shape::number: {
      ASSIGN_OR_RETURN(out.value, read_number(word, field));
      break;
    }
  }
  return out;
}

Status no_such_field(const Word& word) {
  const auto near = nearest_field(*word.field);
  return wrong_at(word.column, "there is no field " + std::string(*word.field) +
                                   (near ? "; did you mean " + std::string(*near) + "?" : ".") +
                                   " To look for the text itself: \"" + visible(word.raw) + "\"");
}

Result<Kinds> read_kinds(const Word& word) {
  const std::string value = plain(word).value_or(std::string(word.raw_value));
  Kinds out;
  size_t begin = 0;
  while (true) {
    const size_t comma = value.find(',', begin);
    const std::string name = value.substr(begin, comma - begin);
    const auto kind = kind_named(name);
    if (!kind && name != "all") {
      const size_t column = word.value_column + begin;
      const auto near = nearest_kind(name);
      if (name.empty())
        return wrong_at(column, "there is no empty kind; there are " + kind_names());
      return wrong_at(column, "there is no kind " + visible(name) +
                                  (near ? "; did you mean " + std::string(*near) + "? There are "
                                        : "; there are ") + kind_names());
    }
    if (kind)
      out.set(static_cast<size_t>(*kind));
    else
      out.set();
    if (comma == std::string::npos) return out;
    begin = comma + 1;
  }
}

// ---------------------------------------------------------------- all of it

class Parser {
 public:
  Parser(std::vector<Word> words, const Asked& asked) : words_(std::move(words)), asked_(asked) {}

  Result<Query> run() {
    if (!words_.empty()) {
      ASSIGN_OR_RETURN(query_.where, read_any());
      if (at_ < words_.size())
        return wrong_at(words_[at_].column, "this parenthesis was not opened");
    }
    if (query_.since_ns && query_.until_ns && *query_.since_ns >= *query_.until_ns)
      return wrong_at(first_of_whole_->column, "the range is empty: until is " +
                                                   utc_text(*query_.until_ns) + ", since is " +
                                                   utc_text(*query_.since_ns));
    return std::move(query_);
  }

 private:
  // Nothing: it held only words about the whole query.
  using Read = std::optional<Expression>;

  Result<Read> read_any() {
    Expression any{.kind = Expression::Kind::any, .test = {}, .parts = {}};
    size_t branches = 0;
    while (true) {
      ASSIGN_OR_RETURN(Read all, read_all());
      ++branches;
      if (all) add(any, std::move(*all));
      if (!take(Word::Kind::or_)) break;
      RETURN_IF_ERROR(something_follows());
    }
    if (branches > 1 && depth_ == 0 && first_of_whole_) return not_of_whole(*first_of_whole_);
    return only_or(std::move(any));
  }

  Result<Read> read_all() {
    Expression all{.kind = Expression::Kind::all, .test = {}, .parts = {}};
    while (true) {
      ASSIGN_OR_RETURN(Read one, read_one());
      if (one) add(all, std::move(*one));
      if (take(Word::Kind::and_)) {
        RETURN_IF_ERROR(something_follows());
        continue;
      }
      if (!begins_a_part()) return only_or(std::move(all));
    }
  }

  Result<Read> read_one() {
    const Word& word = words_[at_++];
    switch (word.kind) {
      case Word::Kind::and_:
      case Word::Kind::or_:
        return wrong_at(word.column, std::string(word.raw) +
                                         " needs something before it; the word itself: \"" +
                                         std::string(word.raw) + "\"");
      case Word::Kind::close: return wrong_at(word.column, "this parenthesis was not opened");
      case Word::Kind::not_: return read_not(word);
      case Word::Kind::open: return read_group(word);
      case Word::Kind::part: break;
    }
    if (++parts_ > kQueryPartsMax)
      return wrong_at(word.column,
                      "a query has at most " + std::to_string(kQueryPartsMax) + " parts");
    return read_part(word);
  }

  Result<Read> read_not(const Word& word) {
    RETURN_IF_ERROR(go_in(word));
    RETURN_IF_ERROR(something_follows());
    ASSIGN_OR_RETURN(Read inner, read_one());
    --depth_;
    if (inner->kind == Expression::Kind::none) return Read(std::move(inner->parts.front()));
    Expression none{.kind = Expression::Kind::none, .test = {}, .parts = {}};
    none.parts.push_back(std::move(*inner));
    return Read(std::move(none));
  }

  Result<Read> read_group(const Word& word) {
    RETURN_IF_ERROR(go_in(word));
    if (take(Word::Kind::close))
      return wrong_at(word.column, "there is nothing in these parentheses");
    if (at_ == words_.size()) return wrong_at(word.column, "this parenthesis is not closed");
    ASSIGN_OR_RETURN(Read inner, read_any());
    if (!take(Word::Kind::close)) return wrong_at(word.column, "this parenthesis is not closed");
    --depth_;
    return inner;
  }

  Result<Read> read_part(const Word& word) {
    if (!word.field) {
      Test test;
      ASSIGN_OR_RETURN(test.value, read_text(word));
      return Read(Expression{.kind = Expression::Kind::test, .test = std::move(test), .parts = {}});
    }
    const std::optional<Field> field = field_named(*word.field);
    const bool is_of_whole = *word.field == "kind" || *word.field == "since" ||
                             *word.field == "until" || *word.field == "case";
    if (!field && !is_of_whole) return no_such_field(word);
    RETURN_IF_ERROR(has_value(word, field));
    if (is_of_whole) {
      RETURN_IF_ERROR(read_of_whole(word));
      return Read();
    }
    ASSIGN_OR_RETURN(Test test, read_test(word, *field));
    return Read(Expression{.kind = Expression::Kind::test, .test = std::move(test), .parts = {}});
  }

  Status has_value(const Word& word, std::optional<Field> field) {
    const bool may_be_empty = field && shape_of(*field) == Shape::text;
    if (!word.raw_value.empty() && (may_be_empty || !word.value.is_empty())) return ok();
    const std::string name(*word.field);
    if (field == Field::label && !word.sign.empty()) return ok();
    std::string what = name + ": needs a value behind it";
    const bool is_group = at_ < words_.size() && words_[at_].kind == Word::Kind::open &&
                          words_[at_].column == word.value_column;
    if (is_group) what += "; for several say (" + name + ":a or " + name + ":b)";
    return wrong_at(word.value_column, what);
  }

  Status read_of_whole(const Word& word) {
    const std::string name(*word.field);
    if (depth_ > 0) return not_of_whole(word);
    if (!first_of_whole_) first_of_whole_ = word;
    bool& stands = stands_[name == "kind" ? 0 : name == "since" ? 1 : name == "until" ? 2 : 3];
    if (std::exchange(stands, true))
      return wrong_at(word.column, name + " stands twice; say it once");
    RETURN_IF_ERROR(no_sign(word));
    if (name == "kind") {
      ASSIGN_OR_RETURN(query_.kinds, read_kinds(word));
    } else if (name == "case") {
      const std::string value = plain(word).value_or("");
      if (value != "yes" && value != "no")
        return wrong_at(word.value_column, "case is yes or no");
      query_.same_case = value == "yes";
    } else {
      const std::string value = plain(word).value_or(std::string(word.raw_value));
      const auto moment = parse_moment(value, asked_.now_ns, asked_.zone);
      if (!moment.is_ok()) return wrong_at(word.value_column, moment.status().message());
      (name == "since" ? query_.since_ns : query_.until_ns) = *moment;
    }
    return ok();
  }

  static Status not_of_whole(const Word& word) {
    return wrong_at(word.column, std::string(*word.field) +
                                     " is said of the whole query: not under or, not, or in "
                                     "parentheses");
  }

  bool take(Word::Kind kind) {
    if (at_ == words_.size() || words_[at_].kind != kind) return false;
    ++at_;
    return true;
  }

  // One `not` or parenthesis further.
  Status go_in(const Word& word) {
    if (++depth_ <= kQueryNestingMax) return ok();
    return wrong_at(word.column, "at most " + std::to_string(kQueryNestingMax) +
                                     " parentheses or not within one another");
  }

  bool begins_a_part() const {
    if (at_ == words_.size()) return false;
    const Word::Kind kind = words_[at_].kind;
    return kind == Word::Kind::part || kind == Word::Kind::not_ || kind == Word::Kind::open;
  }

  // Behind the `and`, `or` or `not` that was just taken.
  Status something_follows() const {
    if (begins_a_part()) return ok();
    const Word& word = words_[at_ - 1];
    return wrong_at(word.column, std::string(word.raw) +
                                     " needs something behind it; the word itself: \"" +
                                     std::string(word.raw) + "\"");
  }

  static void add(Expression& to, Expression part) {
    if (part.kind != to.kind) return to.parts.push_back(std::move(part));
    for (Expression& inner : part.parts) to.parts.push_back(std::move(inner));
  }
  static Read only_or(Expression many) {
    if (many.parts.empty()) return std::nullopt;
    if (many.parts.size() == 1) return Read(std::move(many.parts.front()));
    return Read(std::move(many));
  }

  const std::vector<Word> words_;
  const Asked& asked_;
  Query query_;
  size_t at_ = 0;     // behind the last word read
  size_t depth_ = 0;  // parentheses and `not` around it
  size_t parts_ = 0;
  std::optional<Word> first_of_whole_;
  bool stands_[4] = {};
};

}  // namespace

Result<Query> parse_query(std::string_view text, const Asked& asked) {
  if (text.size() > kQueryBytesMax)
    return wrong_at(kQueryBytesMax + 1,
                    "a query has at most " + std::to_string(kQueryBytesMax) + " bytes");
  ASSIGN_OR_RETURN(std::vector<Word> words, cut_into_words(text));
  return Parser(std::move(words), asked).run();
}

}  // namespace spoor::collector
