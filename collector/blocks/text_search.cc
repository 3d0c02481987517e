#include "collector/blocks/text_search.h"

#include <string.h>

#include <algorithm>

#include "collector/blocks/lower_case.h"
#include "collector/blocks/word_list.h"

namespace spoor::collector {

TextSearch::TextSearch(TextTest test) : test_(std::move(test)) {
  longest_ = *std::ranges::max_element(test_.pattern.pieces(), {}, &std::string::size);
  if (!test_.same_case) std::ranges::transform(longest_, longest_.begin(), lower_case);
}

Status TextSearch::look_into(const TextPack& pack, uint32_t first, FoundTexts& found) {
  searched_ = pack.all();
  if (!test_.same_case) {
    lowered_.resize(searched_.size());
    std::ranges::transform(searched_, lowered_.begin(), lower_case);
    searched_ = lowered_;
  }
  // What was cut may be like the pattern without having its longest piece here.
  const bool needs_all = longest_.empty() || pack.has_cut_text();
  for (size_t i = 0; i < pack.size(); ++i) {
    if (!needs_all) i = next_candidate(pack, i);
    if (i == pack.size()) break;
    ASSIGN_OR_RETURN(const Answer answer, answer(pack.at(i)));
    const auto number = static_cast<uint32_t>(first + i);
    if (answer == Answer::yes) found.fitting.push_back(number);
    if (answer == Answer::unsure) found.unsure.push_back(number);
  }
  return ok();
}

size_t TextSearch::next_candidate(const TextPack& pack, size_t index) const {
  const size_t begin = pack.begin_of(index);
  const void* at = memmem(searched_.data() + begin, searched_.size() - begin, longest_.data(),
                          longest_.size());
  if (at == nullptr) return pack.size();
  const auto place = static_cast<size_t>(static_cast<const char*>(at) - searched_.data());
  while (pack.end_of(index) <= place) ++index;
  return index;
}

bool TextSearch::fits(std::string_view text) const {
  if (!test_.network) return test_.pattern.fits(text, test_.same_case);
  const Result<Network> address = parse_network(text);
  return address.is_ok() && test_.network->holds(*address);
}

Result<Answer> TextSearch::answer(const TextValue& value) const {
  // However a text goes on, it stays like a pattern whose end is open.
  const bool is_open = test_.pattern.has_hole() && test_.pattern.pieces().back().empty();
  const Answer no = value.is_cut ? Answer::unsure : Answer::no;
  if (!test_.of_words) {
    return fits(value.text) && (is_open || !value.is_cut) ? Answer::yes : no;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string_view> words, split_words(value));
  for (size_t i = 0; i < words.size(); ++i) {
    const bool is_whole = !value.is_cut || i + 1 < words.size();
    if (test_.skips_empty && words[i].empty()) continue;
    if ((is_whole || is_open) && fits(words[i])) return Answer::yes;
  }
  return no;
}

}  // namespace spoor::collector
