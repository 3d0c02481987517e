// Keys are read as a terminal of the xterm family sends them (ctlseqs, "PC-Style Function Keys" and
// "Bracketed Paste Mode"; the Linux console's F keys: console_codes(4)), and edit as readline's
// emacs keys do (readline(3)), with the words of its own: kill and yank.
#include "agent/decode/typed_line.h"

#include <algorithm>
#include <cctype>

#include "agent/limits.h"
#include "common/bytes.h"

namespace spoor::agent {
namespace {

constexpr unsigned char kEsc = 0x1B, kDelete = 0x7F;
// Longer than any key: ESC and then words that somebody typed.
constexpr size_t kKeyBytesMax = 16;
// A text that had room for more gives it back with its line.
constexpr size_t kTextBytesKept = 256;
// What the longest key adds to `typed`.
constexpr size_t kKeyNameBytesMax = 64;

enum class Edit : uint8_t { unknown, left, right, home, end, erase, paste, paste_end };

struct Sequence {
  std::string_view bytes;  // behind ESC
  std::string_view name;
  Edit edit = Edit::unknown;
};

constexpr Sequence kSequences[] = {
    {"[A", "up"},          {"OA", "up"},
    {"[B", "down"},        {"OB", "down"},
    {"[C", "right", Edit::right}, {"OC", "right", Edit::right},
    {"[D", "left", Edit::left},   {"OD", "left", Edit::left},
    {"[H", "home", Edit::home},   {"OH", "home", Edit::home},
    {"[F", "end", Edit::end},     {"OF", "end", Edit::end},
    {"[1~", "home", Edit::home},  {"[7~", "home", Edit::home},
    {"[4~", "end", Edit::end},    {"[8~", "end", Edit::end},
    {"[3~", "delete", Edit::erase}, {"[2~", "insert"},
    {"[5~", "page-up"},    {"[6~", "page-down"},
    {"[Z", "shift-tab"},   {"[200~", "paste", Edit::paste},
    {"[201~", "/paste", Edit::paste_end},
    {"OP", "f1"}, {"OQ", "f2"}, {"OR", "f3"}, {"OS", "f4"},
    {"[P", "f1"}, {"[Q", "f2"}, {"[R", "f3"}, {"[S", "f4"},
    {"[[A", "f1"}, {"[[B", "f2"}, {"[[C", "f3"}, {"[[D", "f4"}, {"[[E", "f5"},
    {"[11~", "f1"}, {"[12~", "f2"}, {"[13~", "f3"}, {"[14~", "f4"}, {"[15~", "f5"},
    {"[17~", "f6"}, {"[18~", "f7"}, {"[19~", "f8"}, {"[20~", "f9"}, {"[21~", "f10"},
    {"[23~", "f11"}, {"[24~", "f12"},
};
// By the number in `ESC [ 1 ; 5 C`, from 2.
constexpr std::string_view kModifiers[] = {"shift-", "alt-", "alt-shift-", "ctrl-", "ctrl-shift-",
                                           "ctrl-alt-", "ctrl-alt-shift-"};

const Sequence* find_sequence(std::string_view bytes) {
  const auto* const found = std::find_if(std::begin(kSequences), std::end(kSequences),
                                         [&](const Sequence& each) { return each.bytes == bytes; });
  return found == std::end(kSequences) ? nullptr : found;
}

bool is_word(char c) {
  return (c & 0x80) != 0 || std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_continuation(char c) { return (c & 0xC0) == 0x80; }

size_t utf8_size(unsigned char lead) {
  return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
}

}  // namespace

void TypedLines::feed(std::string_view bytes, const Sink& sink) {
  for (const char c : bytes) {
    take(static_cast<unsigned char>(c), sink);
    if (key_.empty() && (typed_.size() + kKeyNameBytesMax > kTypedLineBytesMax ||
                         raw_.size() + kKeyBytesMax > kTypedLineBytesMax)) {
      end_line(true, sink);
      exact_ = false;
    }
  }
}

void TypedLines::flush(const Sink& sink) {
  give_up_key();
  end_line(true, sink);
}

size_t TypedLines::bytes() const {
  return sizeof *this + raw_.capacity() + typed_.capacity() + edited_.capacity() +
         killed_.capacity() + key_.capacity();
}

void TypedLines::take(unsigned char byte, const Sink& sink) {
  if (!key_.empty()) {
    if (key_[0] == static_cast<char>(kEsc)) {
      if (take_escape(byte)) return;
    } else if (is_continuation(static_cast<char>(byte))) {
      raw_ += static_cast<char>(byte);
      key_ += static_cast<char>(byte);
      if (key_.size() == utf8_size(static_cast<unsigned char>(key_[0]))) end_character();
      return;
    }
    give_up_key();
  }
  raw_ += static_cast<char>(byte);
  if (byte == '\r' || byte == '\n') {
    // Text that is pasted, or Enter as text, may still be edited.
    if (pasting_ || literal_) exact_ = false;
    end_line(false, sink);
  } else if (byte == kEsc && !literal_) {
    key_ += static_cast<char>(byte);
  } else if (byte >= 0xC0) {
    key_ += static_cast<char>(byte);
  } else {
    begin_key();
    show(byte);
    const bool is_text = (byte >= ' ' && byte != kDelete) || pasting_ || literal_;
    literal_ = false;
    if (is_text) {
      const char c = static_cast<char>(byte);
      insert({&c, 1});
    } else {
      take_control(byte, sink);
    }
  }
}

// A byte behind ESC. False: it does not belong to the key, which has ended before it.
bool TypedLines::take_escape(unsigned char byte) {
  const bool graphic = byte > ' ' && byte < kDelete;
  const bool first = key_.size() == 1;
  const bool starts = first && (byte == '[' || byte == 'O');
  const bool meta_key = first && !starts && (graphic || byte == ' ' || byte == kDelete ||
                                             byte == '\b');
  if ((!first && !graphic) || (first && !starts && !meta_key) || key_.size() == kKeyBytesMax) {
    return false;
  }
  if (key_ == "\x1bO" && find_sequence(std::string{'O', static_cast<char>(byte)}) == nullptr) {
    return false;
  }
  raw_ += static_cast<char>(byte);
  key_ += static_cast<char>(byte);
  if (meta_key) {
    begin_key();
    show(kEsc);
    show(byte);
    key_.clear();
    meta(byte);
  } else if (!starts && byte >= '@' && key_ != "\x1b[[") {
    end_sequence();
  }
  return true;
}

// What began like a key or a character was none: its bytes, one by one.
void TypedLines::give_up_key() {
  if (key_.empty()) return;
  begin_key();
  for (const char c : key_) show(static_cast<unsigned char>(c));
  if (key_[0] == static_cast<char>(kEsc)) {
    exact_ = false;
  } else {
    insert(key_);
  }
  literal_ = false;
  key_.clear();
}

void TypedLines::end_character() {
  if (!is_utf8(key_)) return give_up_key();
  begin_key();
  typed_ += key_;
  insert(key_);
  literal_ = false;
  key_.clear();
}

void TypedLines::end_sequence() {
  std::string bytes = key_.substr(1);
  std::string_view modifier;
  const size_t semicolon = bytes.find(';');
  if (semicolon != std::string::npos && semicolon + 3 == bytes.size() &&
      bytes[semicolon + 1] >= '2' && bytes[semicolon + 1] <= '8') {
    modifier = kModifiers[bytes[semicolon + 1] - '2'];
    bytes.erase(semicolon, 2);
    if (bytes.back() != '~' && bytes.starts_with("[1")) bytes.erase(1, 1);
  }
  const Sequence* const found = find_sequence(bytes);
  if (found == nullptr) return give_up_key();
  begin_key();
  key_.clear();
  typed_.append("<").append(modifier).append(found->name).append(">");
  const Edit edit = modifier.empty() ? found->edit : Edit::unknown;
  if (edit == Edit::paste || edit == Edit::paste_end) {
    pasting_ = edit == Edit::paste;
  } else if (pasting_ || edit == Edit::unknown) {
    exact_ = false;
  } else if (edit == Edit::erase) {
    erase(cursor_, next(cursor_));
  } else {
    cursor_ = edit == Edit::left    ? previous(cursor_)
              : edit == Edit::right ? next(cursor_)
              : edit == Edit::home  ? 0
                                    : edited_.size();
  }
}

void TypedLines::take_control(unsigned char byte, const Sink& sink) {
  switch (byte) {
    case 'A' - '@': cursor_ = 0; break;
    case 'B' - '@': cursor_ = previous(cursor_); break;
    case 'C' - '@':
      edited_.clear();
      return end_line(false, sink);
    case 'D' - '@':  // the end of the input, on an empty line
      if (edited_.empty()) return end_line(false, sink);
      erase(cursor_, next(cursor_));
      break;
    case 'E' - '@': cursor_ = edited_.size(); break;
    case 'F' - '@': cursor_ = next(cursor_); break;
    case '\b':
    case kDelete: erase(previous(cursor_), cursor_); break;
    case 'K' - '@': kill(cursor_, edited_.size()); break;
    case 'T' - '@': transpose(); break;
    case 'U' - '@': kill(0, cursor_); break;
    case 'W' - '@': kill(word_start(true), cursor_); break;
    case 'Y' - '@':
      if (killed_.empty()) exact_ = false;  // it may hold what was killed before we looked
      insert(killed_);
      break;
    case 'Q' - '@':
    case 'V' - '@': literal_ = true; break;
    case 'L' - '@':
    case 0: break;  // draws the screen anew; sets the mark
    default: exact_ = false;  // history, completion, undo and the like
  }
}

void TypedLines::meta(unsigned char byte) {
  if (pasting_) {
    exact_ = false;
    return;
  }
  switch (byte) {
    case 'b': cursor_ = word_start(false); break;
    case 'f': cursor_ = word_end(); break;
    case 'd': kill(cursor_, word_end()); break;
    case '\b':
    case kDelete: kill(word_start(false), cursor_); break;
    default: exact_ = false;
  }
}

void TypedLines::begin_key() {
  adding_ = killing_;
  killing_ = false;
}

void TypedLines::end_line(bool unfinished, const Sink& sink) {
  if (!typed_.empty()) sink({typed_, edited_, exact_, unfinished});
  for (std::string* text : {&raw_, &typed_, &edited_}) {
    text->clear();
    if (text->capacity() > kTextBytesKept) text->shrink_to_fit();
  }
  if (killed_.capacity() > killed_.size() + kTextBytesKept) killed_.shrink_to_fit();
  cursor_ = 0;
  exact_ = true;
  literal_ = killing_ = false;
}

void TypedLines::show(unsigned char byte) {
  if (byte >= 0x80) {
    typed_.append("<x").append(to_hex({&byte, 1})).append(">");
  } else if (byte >= ' ' && byte != kDelete) {
    typed_ += static_cast<char>(byte);
  } else if (byte == '\t') {
    typed_ += "<tab>";
  } else if (byte == kEsc) {
    typed_ += "<esc>";
  } else if (byte == kDelete) {
    typed_ += "<backspace>";
  } else {
    typed_.append("<ctrl-").append(1, static_cast<char>(std::tolower(byte + '@'))).append(">");
  }
}

void TypedLines::insert(std::string_view text) {
  if (edited_.size() + text.size() > kTypedLineBytesMax) {
    exact_ = false;
    return;
  }
  edited_.insert(cursor_, text);
  cursor_ += text.size();
}

void TypedLines::erase(size_t from, size_t to) {
  edited_.erase(from, to - from);
  cursor_ = from;
}

// Kills in a row gather, as they stood in the line.
void TypedLines::kill(size_t from, size_t to) {
  const std::string text = edited_.substr(from, to - from);
  if (!adding_) killed_.clear();
  if (killed_.size() + text.size() <= kTypedLineBytesMax) {
    killed_.insert(from < cursor_ ? 0 : killed_.size(), text);
  } else {
    exact_ = false;
  }
  killing_ = true;
  erase(from, to);
}

void TypedLines::transpose() {
  const size_t at = cursor_ == edited_.size() ? previous(cursor_) : cursor_;
  const size_t before = previous(at), behind = next(at);
  if (before == at) return;
  std::rotate(edited_.begin() + static_cast<ptrdiff_t>(before),
              edited_.begin() + static_cast<ptrdiff_t>(at),
              edited_.begin() + static_cast<ptrdiff_t>(behind));
  cursor_ = behind;
}

size_t TypedLines::next(size_t at) const {
  if (at < edited_.size()) ++at;
  while (at < edited_.size() && is_continuation(edited_[at])) ++at;
  return at;
}

size_t TypedLines::previous(size_t at) const {
  if (at > 0) --at;
  while (at > 0 && is_continuation(edited_[at])) --at;
  return at;
}

size_t TypedLines::word_start(bool to_blank) const {
  const auto in_word = [&](char c) { return to_blank ? !is_blank(c) : is_word(c); };
  size_t at = cursor_;
  while (at > 0 && !in_word(edited_[at - 1])) --at;
  while (at > 0 && in_word(edited_[at - 1])) --at;
  return at;
}

size_t TypedLines::word_end() const {
  size_t at = cursor_;
  while (at < edited_.size() && !is_word(edited_[at])) ++at;
  while (at < edited_.size() && is_word(edited_[at])) ++at;
  return at;
}

}  // namespace spoor::agent
