#include "agent/decode/typed_line.h"

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// `typed|edited` of each line; ~ before an `edited` that is not exact, … behind an unfinished line.
std::string words_of(const TypedLine& line) {
  return std::string(line.typed) + "|" + (line.edited_exact ? "" : "~") + std::string(line.edited) +
         (line.unfinished ? "…" : "");
}

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> out;
  const TypedLines::Sink sink = [&](const TypedLine& line) { out.push_back(words_of(line)); };
  TypedLines lines;
  lines.feed(bytes, sink);
  lines.flush(sink);
  return out;
}

std::string line_of(std::string_view bytes) {
  const auto lines = lines_of(std::string(bytes) + "\r");
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
}

using Lines = std::vector<std::string>;

TEST(TypedLine, LinesEndAtEnter) {
  EXPECT_EQ(lines_of("ls -l\rid\n"), (Lines{"ls -l|ls -l", "id|id"}));
  EXPECT_EQ(lines_of("ls\r\n\r\rid"), (Lines{"ls|ls", "id|id…"}));
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\r\n\n"), Lines{});
}

TEST(TypedLine, OneStreamOverManyRecords) {
  Lines out;
  const TypedLines::Sink sink = [&](const TypedLine& line) { out.push_back(words_of(line)); };
  TypedLines lines;
  for (const char c : std::string("l\xc3\xa4s\x1b[D\x1b[3~x\r")) lines.feed({&c, 1}, sink);
  EXPECT_EQ(out, (Lines{"l\xc3\xa4s<left><delete>x|l\xc3\xa4x"}));
  lines.flush(sink);
  EXPECT_EQ(out.size(), 1u);
}

TEST(TypedLine, Text) {
  EXPECT_EQ(line_of("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xbe"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xbe|"
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xbe");
  EXPECT_EQ(line_of("\x80z\xff"), "<x80>z<xff>|\x80z\xff");
  EXPECT_EQ(line_of("\xc3z\xe2\x82"), "<xc3>z<xe2><x82>|\xc3z\xe2\x82");
  EXPECT_EQ(line_of("\xed\xa0\x80"), "<xed><xa0><x80>|\xed\xa0\x80");  // a surrogate
}

TEST(TypedLine, KeysByName) {
  EXPECT_EQ(line_of(std::string("\0\x01\x08\x09\x0c\x1c\x1f\x7f", 8)),
            "<ctrl-@><ctrl-a><ctrl-h><tab><ctrl-l><ctrl-\\><ctrl-_><backspace>|~");
  EXPECT_EQ(line_of("\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[2~\x1b[Z"),
            "<up><down><page-up><page-down><insert><shift-tab>|~");
  EXPECT_EQ(line_of("\x1bOP\x1b[15~\x1b[24~\x1b[[A\x1b[1;2P"), "<f1><f5><f12><f1><shift-f1>|~");
  EXPECT_EQ(line_of("\x1b[1;5C\x1b[1;3D\x1b[3;5~\x1b[1;8H"),
            "<ctrl-right><alt-left><ctrl-delete><ctrl-alt-shift-home>|~");
}

TEST(TypedLine, WhatOnlyBeginsLikeAKey) {
  EXPECT_EQ(line_of("\x1b[99;99x"), "<esc>[99;99x|~");
  EXPECT_EQ(line_of("\x1b[1;9C"), "<esc>[1;9C|~");
  EXPECT_EQ(line_of("ihello\x1b:wq"), "ihello<esc>:wq|~ihellowq");
  EXPECT_EQ(line_of("\x1bOx"), "<esc>Ox|~x");
  EXPECT_EQ(line_of("\x1b"), "<esc>|~");
  EXPECT_EQ(line_of("\x1b\x1b[A"), "<esc><up>|~");
  EXPECT_EQ(line_of("\x1b[\x03"), "<esc>[<ctrl-c>|~");
  EXPECT_EQ(line_of("\x1b[12345678901234567890x"), "<esc>[12345678901234567890x|~567890x");
  EXPECT_EQ(line_of("\x1b\xc3\xa4"), "<esc>\xc3\xa4|~\xc3\xa4");
  EXPECT_EQ(lines_of("a\x1b["), (Lines{"a<esc>[|~a…"}));
}

TEST(TypedLine, Deleting) {
  EXPECT_EQ(line_of("lss\x7f -l"), "lss<backspace> -l|ls -l");
  EXPECT_EQ(line_of("lss\b -l"), "lss<ctrl-h> -l|ls -l");
  EXPECT_EQ(line_of("\x7f\x7fls"), "<backspace><backspace>ls|ls");
  EXPECT_EQ(line_of("a\xc3\xa4\x7f"), "a\xc3\xa4<backspace>|a");
  EXPECT_EQ(line_of("abc\x02\x02\x04"), "abc<ctrl-b><ctrl-b><ctrl-d>|ac");
  EXPECT_EQ(line_of("abc\x1b[3~"), "abc<delete>|abc");
}

TEST(TypedLine, KillsAndYanks) {
  EXPECT_EQ(line_of("rm -rf /\x15ls"), "rm -rf /<ctrl-u>ls|ls");
  EXPECT_EQ(line_of("cat a  b \x17" "c"), "cat a  b <ctrl-w>c|cat a  c");
  EXPECT_EQ(line_of("abcd\x02\x02\x0b"), "abcd<ctrl-b><ctrl-b><ctrl-k>|ab");
  EXPECT_EQ(line_of("one two\x17\x17x\x19"), "one two<ctrl-w><ctrl-w>x<ctrl-y>|xone two");
  EXPECT_EQ(line_of("one two\x01\x1b" "d\x1b" "d\x19\x19"),
            "one two<ctrl-a><esc>d<esc>d<ctrl-y><ctrl-y>|one twoone two");
  EXPECT_EQ(line_of("a-b\x1b\x7f"), "a-b<esc><backspace>|a-");
  EXPECT_EQ(line_of("ab\x15x\x02\x0b\x19"), "ab<ctrl-u>x<ctrl-b><ctrl-k><ctrl-y>|x");
  // What was killed before we looked may come back.
  EXPECT_EQ(line_of("ls \x19"), "ls <ctrl-y>|~ls ");
  EXPECT_EQ(lines_of("ls\x15\r\x19\r"), (Lines{"ls<ctrl-u>|", "<ctrl-y>|ls"}));
}

TEST(TypedLine, Moving) {
  EXPECT_EQ(line_of("s\x01l\x05 x"), "s<ctrl-a>l<ctrl-e> x|ls x");
  EXPECT_EQ(line_of("s\x1b[Hl\x1b[F x"), "s<home>l<end> x|ls x");
  EXPECT_EQ(line_of("s\x1b[1~l\x1b[4~ x"), "s<home>l<end> x|ls x");
  EXPECT_EQ(line_of("\xc3\xa4" "c\x1b[D\x1b[Db\x1b[C\x1bOCd"),
            "\xc3\xa4" "c<left><left>b<right><right>d|b\xc3\xa4" "cd");
  EXPECT_EQ(line_of("a b\x02\x02\x02\x02x\x06y"), "a b<ctrl-b><ctrl-b><ctrl-b><ctrl-b>x<ctrl-f>y|"
            "xay b");
  EXPECT_EQ(line_of("one two\x1b" "b\x1b" "bx\x1b" "fy"), "one two<esc>b<esc>bx<esc>fy|xoney two");
}

TEST(TypedLine, Transposing) {
  EXPECT_EQ(line_of("sl\x14"), "sl<ctrl-t>|ls");
  EXPECT_EQ(line_of("sla\x02\x14x"), "sla<ctrl-b><ctrl-t>x|salx");
  EXPECT_EQ(line_of("a\xc3\xa4\x14"), "a\xc3\xa4<ctrl-t>|\xc3\xa4" "a");
  EXPECT_EQ(line_of("a\x14"), "a<ctrl-t>|a");
  EXPECT_EQ(line_of("\x14"), "<ctrl-t>|");
  EXPECT_EQ(line_of("ab\x01\x14"), "ab<ctrl-a><ctrl-t>|ab");
}

TEST(TypedLine, WhatNobodyCanTell) {
  EXPECT_EQ(line_of("cat /etc/pas\t"), "cat /etc/pas<tab>|~cat /etc/pas");
  EXPECT_EQ(line_of("\x1b[A"), "<up>|~");
  EXPECT_EQ(line_of("\x12ssh"), "<ctrl-r>ssh|~ssh");
  EXPECT_EQ(line_of("\x1b."), "<esc>.|~");
  // Only of the line itself.
  EXPECT_EQ(lines_of("\x10\rls\r"), (Lines{"<ctrl-p>|~", "ls|ls"}));
}

TEST(TypedLine, InterruptAndEndOfInput) {
  EXPECT_EQ(lines_of("rm -rf /\x03ls\r"), (Lines{"rm -rf /<ctrl-c>|", "ls|ls"}));
  EXPECT_EQ(lines_of("exit\r\x04"), (Lines{"exit|exit", "<ctrl-d>|"}));
}

TEST(TypedLine, KeysAsText) {
  EXPECT_EQ(line_of("a\x16\x1b" "b"), "a<ctrl-v><esc>b|a\x1b" "b");
  EXPECT_EQ(line_of("a\x16\x03\x11\x7f"), "a<ctrl-v><ctrl-c><ctrl-q><backspace>|a\x03\x7f");
  EXPECT_EQ(line_of("\x16\xc3\xa4\x7f"), "<ctrl-v>\xc3\xa4<backspace>|");
  // It never hides what follows.
  EXPECT_EQ(lines_of("a\x16\rb\r"), (Lines{"a<ctrl-v>|~a", "b|b"}));
}

TEST(TypedLine, BracketedPaste) {
  EXPECT_EQ(line_of("x \x1b[200~a\tb\x03\x1b[201~\x7f"),
            "x <paste>a<tab>b<ctrl-c></paste><backspace>|x a\tb");
  EXPECT_EQ(lines_of("\x1b[200~one\rtwo\x1b[201~\r"),
            (Lines{"<paste>one|~one", "two</paste>|two"}));
  EXPECT_EQ(line_of("\x1b[200~a\x1b[Db\x1b" "bc\x1b[201~"),
            "<paste>a<left>b<esc>bc</paste>|~abc");
}

TEST(TypedLine, ALineThatIsTooLongIsToldInParts) {
  std::string typed;
  size_t unfinished = 0, inexact = 0;
  const TypedLines::Sink sink = [&](const TypedLine& line) {
    EXPECT_LE(line.typed.size(), kTypedLineBytesMax);
    EXPECT_LE(line.edited.size(), kTypedLineBytesMax);
    typed += line.typed;
    unfinished += line.unfinished;
    inexact += !line.edited_exact;
  };
  TypedLines lines;
  std::string all;
  for (size_t i = 0; i < 20'000; ++i) all += static_cast<char>('a' + i % 26);
  lines.feed(all + "\r", sink);
  EXPECT_EQ(typed, all);
  EXPECT_EQ(unfinished, 2u);
  EXPECT_EQ(inexact, 2u);  // all but the first, whose begin is known
  EXPECT_LT(lines.bytes(), 8 * kTypedLineBytesMax);
  EXPECT_LT(lines.bytes(), 2000u) << "an empty line, behind long ones";
}

// Each of its texts as long as it gets: what the table of them counts on.
TEST(TypedLine, AnUnfinishedLineIsBounded) {
  TypedLines lines;
  size_t most = 0;
  const TypedLines::Sink sink = [](const TypedLine&) {};
  for (const char* bytes : {"x", "\x15\x19", "\xc3\xa4", "\x1b[D", "\x19"}) {
    for (size_t i = 0; i < 2 * kTypedLineBytesMax; ++i) {
      lines.feed(bytes, sink);
      most = std::max(most, lines.bytes());
    }
  }
  EXPECT_GT(most, 3 * kTypedLineBytesMax);
  EXPECT_LE(most, sizeof lines + 8 * kTypedLineBytesMax);
}

TEST(TypedLine, YanksAreBounded) {
  std::string bytes(3000, 'x');
  bytes += '\x15';
  for (int i = 0; i < 100; ++i) bytes += "\x19\x19\x0b\x01\x0b";
  bytes += "\x19\x19\x19\x19\x19";
  Lines out = lines_of(bytes);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_LE(out[0].size(), 3 * kTypedLineBytesMax);
}

TEST(TypedLine, GoesOnFromWhatIsPending) {
  const std::string bytes = "ls\rcat\x7f\x1b[D\xc3\xa4x\x1b[1";
  Lines whole, parted;
  const TypedLines::Sink to_whole = [&](const TypedLine& line) { whole.push_back(words_of(line)); };
  const TypedLines::Sink to_parted = [&](const TypedLine& line) {
    parted.push_back(words_of(line));
  };
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    whole.clear();
    parted.clear();
    TypedLines one, before, after;
    one.feed(bytes + ";5C\r", to_whole);
    before.feed(bytes.substr(0, cut), to_parted);
    after.feed(before.pending(), to_parted);
    EXPECT_EQ(after.pending(), before.pending());
    after.feed(bytes.substr(cut) + ";5C\r", to_parted);
    EXPECT_EQ(parted, whole) << cut;
  }
}

}  // namespace
}  // namespace spoor::agent
