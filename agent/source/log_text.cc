#include "agent/source/log_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <optional>

#include "common/clock.h"

namespace spoor::agent {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int64_t kDaySeconds = 86'400;
// A 29th of February lies at most so many years back.
constexpr int kYearsBack = 8;

// Takes from the front of a text; whoever asks for what is not there gets zeros, and good() says
// so in the end.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  std::string_view rest() const { return rest_; }
  bool takes(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = takes(c) && good_; }
  int digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
        good_ = false;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool has_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  std::string_view word() {
    const size_t size = std::min(rest_.find(' '), rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes(size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct TimeOfDay {
  int hour = 0, minute = 0, second = 0;
  bool is_one() const { return hour < 24 && minute < 60 && second <= 60; }  // a leap second
};

TimeOfDay take_time_of_day(Taker& from) {
  TimeOfDay time;
  time.hour = from.digits(2);
  from.expect(':');
  time.minute = from.digits(2);
  from.expect(':');
  time.second = from.digits(2);
  return time;
}

// Digits behind a point or comma, of which nine count.
int64_t take_fraction(Taker& from) {
  if (!from.takes('.') && !from.takes(',')) return 0;
  int64_t ns = 0, unit = kNsPerSecond / 10;
  while (from.has_digit()) {
    ns += from.digits(1) * unit;
    unit /= 10;
  }
  return ns;
}

// Seconds east of Greenwich: `Z`, `+01:00` or `+0100`.
int64_t take_offset(Taker& from) {
  if (from.takes('Z')) return 0;
  const bool west = from.takes('-');
  if (!west) from.expect('+');
  const int hours = from.digits(2);
  from.takes(':');
  const int minutes = from.digits(2);
  const int64_t seconds = hours * 3600 + minutes * 60;
  return west ? -seconds : seconds;
}

std::optional<int64_t> take_rfc3339(Taker& from) {
  namespace chrono = std::chrono;
  const int year = from.digits(4);
  from.expect('-');
  const int month = from.digits(2);
  from.expect('-');
  const int day = from.digits(2);
  from.expect('T');
  const TimeOfDay time = take_time_of_day(from);
  const int64_t fraction_ns = take_fraction(from);
  const int64_t offset = take_offset(from);
  const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  // Outside of these years nanoseconds do not fit 64 bits.
  if (!from.good() || !date.ok() || !time.is_one() || year < 1970 || year > 2200) {
    return std::nullopt;
  }
  const int64_t days = chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds =
      days * kDaySeconds + time.hour * 3600 + time.minute * 60 + time.second - offset;
  return seconds * kNsPerSecond + fraction_ns;
}

std::optional<int64_t> take_classic(Taker& from, int64_t now_ns) {
  const auto found = std::find(kMonths.begin(), kMonths.end(), from.bytes(3));
  if (found == kMonths.end()) return std::nullopt;
  const int month = static_cast<int>(found - kMonths.begin());
  from.expect(' ');
  from.takes(' ');
  int day = from.digits(1);
  if (from.has_digit()) day = day * 10 + from.digits(1);
  from.expect(' ');
  const TimeOfDay time = take_time_of_day(from);
  if (!from.good() || day < 1 || day > 31 || !time.is_one()) return std::nullopt;
  const time_t now = now_ns / kNsPerSecond;
  std::tm here{};
  if (::localtime_r(&now, &here) == nullptr) return std::nullopt;
  for (int year = here.tm_year + 1; year >= here.tm_year - kYearsBack; --year) {
    std::tm parts{};
    parts.tm_year = year;
    parts.tm_mon = month;
    parts.tm_mday = day;
    parts.tm_hour = time.hour;
    parts.tm_min = time.minute;
    parts.tm_sec = time.second;
    parts.tm_isdst = -1;
    const time_t then = std::mktime(&parts);
    // A day that this year has not was made the next month's.
    if (then == -1 || parts.tm_mon != month) continue;
    if (then <= now + kDaySeconds) return then * kNsPerSecond;
  }
  return std::nullopt;
}

// `<38>`, as far as it is one.
void skip_priority(std::string_view& text) {
  constexpr size_t kDigitsMax = 3;
  Taker from(text);
  if (!from.takes('<')) return;
  size_t digits = 0;
  for (; digits < kDigitsMax && from.has_digit(); ++digits) from.digits(1);
  if (digits > 0 && from.takes('>')) text = from.rest();
}

// `sshd[4711]: ` or `sudo: `, as far as the line has one.
void read_tag(LogLine& line) {
  const std::string_view word = line.message.substr(0, line.message.find(' '));
  if (word.size() < 2 || !word.ends_with(':')) return;
  std::string_view tag = word.substr(0, word.size() - 1);
  const size_t open = tag.rfind('[');
  if (tag.ends_with(']') && open != tag.npos && open > 0) {
    Taker pid(tag.substr(open + 1));
    constexpr size_t kDigitsMax = 9;
    uint32_t value = 0;
    for (size_t i = 0; i < kDigitsMax && pid.has_digit(); ++i) {
      value = value * 10 + static_cast<uint32_t>(pid.digits(1));
    }
    if (pid.rest() == "]") {
      line.tag_pid = value;
      tag = tag.substr(0, open);
    }
  }
  line.tag = tag;
  line.message.remove_prefix(std::min(word.size() + 1, line.message.size()));
}

}  // namespace

LogLine read_log_text(std::string_view text, int64_t now_ns) {
  LogLine line;
  line.time_ns = now_ns;
  line.text = line.message = text;
  std::string_view header = text;
  skip_priority(header);
  Taker from(header);
  const auto time_ns = from.has_digit() ? take_rfc3339(from) : take_classic(from, now_ns);
  if (!time_ns || !from.takes(' ')) return line;
  const std::string_view host = from.word();
  if (!from.takes(' ')) return line;
  line.time_ns = *time_ns;
  line.host = host;
  line.message = from.rest();
  read_tag(line);
  return line;
}

}  // namespace spoor::agent
