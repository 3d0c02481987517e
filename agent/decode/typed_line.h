// What somebody typed, from the bytes of TTY and USER_TTY records: lines, each as it was typed and
// as it stood when Enter was pressed.
//
// The kernel keeps a buffer per process (drivers/tty/tty_audit.c) and writes it as a record when it
// is full (4,096 bytes), when the terminal or its mode changes and when the process ends: a record
// may begin and end anywhere in a line or in a key. So one TypedLines reads the records of one
// process and terminal, in their order. Invariant: every byte but the Enters is in the `typed` of
// exactly one line, in its order; an Enter with nothing before it makes no line.
//
// What an agent cannot know:
//   - what stood on the screen: what Tab completed, what was recalled from history, and what the
//     reading program made of a key. `edited` is what readline's own (emacs) keys would have made
//     of it; in an editor, a pager or vi mode it says little, and `typed` is what to read.
//   - what a key was: ESC and then OP may be F1 or three keys of vi. `typed` says <f1>; the
//     record's text has the bytes.
//   - when each key was pressed: only when the kernel wrote the record.
//   - what was typed while echo was off (pam_tty_audit(8): log_passwd), and what the terminal's
//     line discipline had already taken out where it edits itself (canonical mode).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace spoor::agent {

// Valid during the call that it comes in.
struct TypedLine {
  // Keys by name: ls<left><ctrl-k><backspace>. Text stays as it is, a byte that is not UTF-8 is
  // <xff>.
  std::string_view typed;
  std::string_view edited;     // the line's bytes at Enter
  bool edited_exact = true;    // false: a key was used whose effect nobody can tell from here
  bool unfinished = false;     // not ended by Enter, ^C or ^D: flushed, or too long
};

// Owns at most kTypedLineBytesMax for each of its texts. One thread.
class TypedLines {
 public:
  using Sink = std::function<void(const TypedLine&)>;

  // The next bytes of this terminal. Lines that they end go to `sink`.
  void feed(std::string_view bytes, const Sink& sink);
  // Nothing more comes: what is left goes to `sink` as an unfinished line.
  void flush(const Sink& sink);

  // What was typed since the last line, as bytes. To go on after a restart: feed it to a new
  // TypedLines.
  std::string_view pending() const { return raw_; }
  // Memory held.
  size_t bytes() const;

 private:
  void take(unsigned char byte, const Sink& sink);
  bool take_escape(unsigned char byte);
  void take_control(unsigned char byte, const Sink& sink);
  void begin_key();
  void give_up_key();
  void end_sequence();
  void end_character();
  void meta(unsigned char byte);
  void end_line(bool unfinished, const Sink& sink);

  void show(unsigned char byte);
  void insert(std::string_view text);
  void erase(size_t from, size_t to);
  void kill(size_t from, size_t to);
  void transpose();
  size_t next(size_t at) const;
  size_t previous(size_t at) const;
  size_t word_start(bool to_blank) const;
  size_t word_end() const;

  std::string raw_, typed_, edited_, killed_;
  std::string key_;        // the bytes of a key or character that has not ended
  size_t cursor_ = 0;      // in edited_, at the start of a character
  bool exact_ = true;
  bool literal_ = false;   // the next key is text: after ^V
  bool pasting_ = false;   // between the marks of a bracketed paste
  bool killing_ = false;   // this key has killed text; `adding_`: the one before it had
  bool adding_ = false;
};

}  // namespace spoor::agent
