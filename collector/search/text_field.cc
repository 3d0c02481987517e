#include "collector/search/text_field.h"

#include <algorithm>

#include "common/byte_reader.h"
#include "collector/search/number_set.h"

namespace spoor::collector {

namespace {

class TextField final : public FieldTest {
 public:
  TextField(Text column, const TextTest& test, NumberSet like, std::vector<uint32_t> unsure)
      : column_(column), search_(test), like_(std::move(like)), unsure_(std::move(unsure)) {}

  SaidSet can_say(const RowTable& table, size_t page) const override;
  Status look(const PageLook& look, size_t begin, std::span<Said> said) override;

 private:
  Result<Said> from_log(const PageLook& look, size_t row) const;

  const Text column_;
  const TextSearch search_;
  const NumberSet like_;
  const std::vector<uint32_t> unsure_;  // ascending
};

SaidSet TextField::can_say(const RowTable& table, size_t page) const {
  const ValueRange range = table.range(column_, page);
  const uint64_t least = std::max<uint64_t>(range.least, 1);
  const auto unsure = std::ranges::lower_bound(unsure_, least);
  SaidSet out = 0;
  if (range.least == 0) out |= set_of(Said::nothing);
  if (like_.has_any(least, range.greatest)) out |= set_of(Said::like);
  if (like_.lacks_any(least, range.greatest)) out |= set_of(Said::other);
  if (unsure != unsure_.end() && *unsure <= range.greatest) out |= set_of(Said::unsure);
  return out;
}

Status TextField::look(const PageLook& look, size_t begin, std::span<Said> said) {
  ASSIGN_OR_RETURN(const auto numbers, look.page.values(column_));
  for (size_t i = 0; i < said.size(); ++i) {
    const uint64_t number = numbers[begin + i];
    if (number == 0) continue;
    if (like_.has(number)) {
      said[i] = Said::like;
    } else if (unsure_.empty() || !std::ranges::binary_search(unsure_, number)) {
      raise(said[i], Said::other);
    } else if (!look.asks_log) {
      raise(said[i], Said::unsure);
    } else if (said[i] != Said::like) {
      ASSIGN_OR_RETURN(const Said told, from_log(look, begin + i));
      raise(said[i], told);
    }
  }
  return ok();
}

Result<Said> TextField::from_log(const PageLook& look, size_t row) const {
  ASSIGN_OR_RETURN(const auto entries, look.page.values(Number::entry));
  ASSIGN_OR_RETURN(const auto sequences, look.page.values(Number::sequence));
  ASSIGN_OR_RETURN(const auto epochs, look.page.values(Number::epoch));
  ASSIGN_OR_RETURN(const auto streams, look.page.values(Text::stream));
  ASSIGN_OR_RETURN(const TextValue stream, look.texts.text(Text::stream, streams[row]));
  EventPlace place{entries[row], {}, epochs[row], sequences[row]};
  if (stream.text.size() == place.stream.size())
    std::ranges::copy(as_bytes(stream.text), place.stream.begin());
  ASSIGN_OR_RETURN(const std::vector<std::string> words,
                   look.outside.full_text(place, column_));
  if (words.empty()) return Said::nothing;
  std::string text, cuts;
  for (const std::string& word : words) {
    if (!cuts.empty()) text += ' ';
    text += word;
    append_varint(cuts, word.size());
  }
  ASSIGN_OR_RETURN(const Answer answer, search_.answer({text, cuts}));
  return answer == Answer::yes ? Said::like : Said::other;
}

// Of a host: by its number.
class LabelField final : public FieldTest {
 public:
  LabelField(NumberSet has, NumberSet like) : has_(std::move(has)), like_(std::move(like)) {}

  SaidSet can_say(const RowTable& table, size_t page) const override;
  Status look(const PageLook& look, size_t begin, std::span<Said> said) override;

 private:
  const NumberSet has_, like_;
};

SaidSet LabelField::can_say(const RowTable& table, size_t page) const {
  const auto [least, greatest] = table.range(Text::host, page);
  SaidSet out = 0;
  if (has_.lacks_any(least, greatest)) out |= set_of(Said::nothing);
  if (has_.has_any(least, greatest) && like_.lacks_any(least, greatest)) {
    out |= set_of(Said::other);
  }
  if (like_.has_any(least, greatest)) out |= set_of(Said::like);
  return out;
}

Status LabelField::look(const PageLook& look, size_t begin, std::span<Said> said) {
  ASSIGN_OR_RETURN(const auto hosts, look.page.values(Text::host));
  for (size_t i = 0; i < said.size(); ++i) {
    const uint64_t host = hosts[begin + i];
    if (has_.has(host)) raise(said[i], like_.has(host) ? Said::like : Said::other);
  }
  return ok();
}

}  // namespace

Result<std::unique_ptr<FieldTest>> text_field(const RowTable& table, Text column,
                                              const TextTest& test, bool is_needed) {
  const uint32_t texts = table.texts(column);
  NumberSet like(texts + size_t{1});
  FoundTexts found;
  if (!test.network && test.pattern.is_anything()) {
    for (uint32_t number = 1; number <= texts; ++number) like.add(number);
  } else if (is_needed && texts > 0) {
    ASSIGN_OR_RETURN(found, table.find(column, test));
  }
  for (const uint32_t number : found.fitting) like.add(number);
  return std::unique_ptr<FieldTest>(std::make_unique<TextField>(
      column, test, std::move(like), std::move(found.unsure)));
}

Result<std::unique_ptr<FieldTest>> label_field(const RowTable& table, const Outside& outside,
                                               const LabelTest& test, bool same_case) {
  const uint32_t hosts = table.texts(Text::host);
  const Pattern name = Pattern::exactly(test.name);
  const auto texts = table.open_texts();
  NumberSet has(hosts + size_t{1}), like(hosts + size_t{1});
  for (uint32_t number = 1; number <= hosts; ++number) {
    ASSIGN_OR_RETURN(const TextValue host, texts->text(Text::host, number));
    for (const auto& [known, value] : outside.labels(host.text)) {
      if (!name.fits(known, same_case)) continue;
      has.add(number);
      if (test.value.fits(value, same_case)) like.add(number);
    }
  }
  return std::unique_ptr<FieldTest>(
      std::make_unique<LabelField>(std::move(has), std::move(like)));
}

}  // namespace spoor::collector
