#include "agent/redact/typed_tail.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Of what was shown: enough to know a secret by whose name stands in the line before it.
constexpr size_t kBeforeBytes = 1024;
constexpr std::string_view kLineEnds = "\r\n";

void put(Secrets& into, const Secrets& found, size_t offset) {
  for (const Secret& secret : found) {
    into.push_back({0, secret.begin + offset, secret.end + offset, secret.rule});
  }
}

// By their place, and none touches another; those that end at or before `from` are left out.
Secrets merged(Secrets secrets, size_t from) {
  std::stable_sort(secrets.begin(), secrets.end(), [](const Secret& a, const Secret& b) {
    return a.begin < b.begin;
  });
  Secrets out;
  for (Secret& secret : secrets) {
    if (secret.end <= from) continue;
    secret.begin = std::max(secret.begin, from);
    if (!out.empty() && secret.begin < out.back().end) {
      out.back().end = std::max(out.back().end, secret.end);
    } else {
      out.push_back(secret);
    }
  }
  return out;
}

// What the next text is judged with: the end of this one. Of a secret of many lines that may go on
// (a key's block), all from its name on.
std::string before_next(std::string_view text, const Secrets& secrets) {
  const size_t end = text.size();
  size_t open = end;
  for (const Secret& secret : secrets) {
    if (secret.end == end) open = std::min(open, secret.begin);
  }
  const size_t from = open == end ? end - std::min(end, kBeforeBytes) : open;
  const size_t line = from == 0 ? text.npos : text.find_last_of(kLineEnds, from - 1);
  // From the beginning of its line, unless that is long.
  const size_t begin = std::max(line == text.npos ? 0 : line + 1,
                                from - std::min(from, kBeforeBytes));
  return std::string(text.substr(begin, kTypedLineBytesMax));
}

}  // namespace

// `text` from `from` on, without secrets; what stands before it was shown. `cut`: it goes on. Each
// line is judged by itself, too: an apostrophe in the one before it begins no word that it ends.
std::string TypedTail::release(std::string text, size_t from, bool cut, std::string_view program,
                               Matcher& matcher, bool& found) {
  const std::string_view all = text;
  Secrets secrets = matcher.in_typed(all, program, cut);
  for (size_t at = from; at < all.size();) {
    const size_t end = std::min(all.find_first_of(kLineEnds, at), all.size());
    const bool is_last = end == all.size();
    put(secrets, matcher.in_typed(all.substr(at, end - at), program, cut && is_last), at);
    at = end + 1;
  }
  before_ = before_next(all, secrets);
  secrets = merged(std::move(secrets), from);
  found |= !secrets.empty();
  for (Secret& secret : secrets) {
    secret.begin -= from;
    secret.end -= from;
  }
  return matcher.blanked(all.substr(from), secrets);
}

std::string TypedTail::shown(std::string_view data, std::string_view program, Matcher& matcher,
                             bool& found) {
  const size_t blind_end = blind_ ? std::min(data.find_first_of(kLineEnds), data.size()) : 0;
  std::string text = before_ + held_;
  if (blind_end != 0) {
    text += matcher.rules().marker(kUncheckedRule);
    found = true;
  }
  blind_ = blind_ && blind_end == data.size();
  const size_t from = before_.size();
  text += data.substr(blind_end);
  const size_t last = text.find_last_of(kLineEnds);
  size_t end = std::max(last == text.npos ? 0 : last + 1, from);
  const bool is_long = text.size() - end > kTypedLineBytesMax;
  if (is_long) end = text.size();
  held_ = text.substr(end);
  if (end == from) return "";
  text.resize(end);
  return release(std::move(text), from, is_long, program, matcher, found);
}

std::string TypedTail::rest(std::string_view program, Matcher& matcher, bool& found) {
  const size_t from = before_.size();
  std::string text = before_ + std::exchange(held_, {});
  std::string out = release(std::move(text), from, true, program, matcher, found);
  before_.clear();
  blind_ = false;
  return out;
}

std::string TypedTail::saved(std::string_view program, Matcher& matcher, bool& is_cut) const {
  TypedTail copy = *this;
  is_cut = blind_;
  return copy.rest(program, matcher, is_cut);
}

void TypedTail::restore(std::string_view held, bool is_cut) {
  held_ = held;
  blind_ = is_cut;
}

}  // namespace spoor::agent
