#include "collector/query/search_answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "collector/index/column_words.h"
#include "collector/index/event_use.h"
#include "collector/language/parser.h"
#include "collector/query/answers.h"
#include "collector/query/search_limits.h"
#include "collector/query/session_name.h"

namespace spoor::collector {

namespace {

// An hour more than any zone is from UTC.
constexpr int32_t kZoneOffsetMaxS = 15 * 3600;
constexpr int64_t kMinuteNs = 60 * kNsPerSecond, kHourNs = 60 * kMinuteNs, kDayNs = 24 * kHourNs;

// Where the last page ended, and when its first one was asked, which times like `2h` count from.
struct Cursor {
  RowKey before;
  int64_t asked_ns = 0;
};

std::string print_cursor(const RowKey& key, int64_t asked_ns) {
  return std::to_string(key.time_ns) + "." + std::to_string(key.entry) + "." +
         std::to_string(key.sequence) + "." + std::to_string(asked_ns);
}

Result<Cursor> parse_cursor(std::string_view text) {
  std::array<uint64_t, 4> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) at = end;
    const auto [behind, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc() || numbers[i] > INT64_MAX)
      return invalid("the cursor is not one that this collector gave");
    at = behind;
  }
  if (at != end) return invalid("the cursor is not one that this collector gave");
  return Cursor{{static_cast<int64_t>(numbers[0]), numbers[1], numbers[2]},
                static_cast<int64_t>(numbers[3])};
}

Result<Query> parse(const std::string& text, int32_t zone_offset_s, int64_t now_ns) {
  if (zone_offset_s < -kZoneOffsetMaxS || zone_offset_s > kZoneOffsetMaxS)
    return invalid("there is no zone so far from UTC");
  return parse_query(text, {now_ns, absl::FixedTimeZone(zone_offset_s)});
}

// No index helps: no text of it has three bytes together.
bool looks_through_all(const Expression& expression) {
  if (expression.kind != Expression::Kind::test)
    return std::ranges::any_of(expression.parts, looks_through_all);
  const auto* pattern = std::get_if<Pattern>(&expression.test.value);
  if (!pattern || shape_of(expression.test.field) != Shape::text || pattern->is_anything())
    return false;
  return std::ranges::all_of(pattern->pieces(),
                             [](const std::string& piece) { return piece.size() < 3; });
}

v1::AnswerHead head_of(const Query& query, const Shortfall& shortfall) {
  v1::AnswerHead out;
  out.set_since_ns(query.since_ns.value_or(0));
  out.set_until_ns(query.until_ns.value_or(0));
  out.set_looked_through_all(query.where && looks_through_all(*query.where));
  out.set_unsure(shortfall.unsure);
  out.mutable_lag()->set_events_unread(shortfall.missing.rows);
  out.mutable_lag()->set_unread_why(shortfall.missing.why.message());
  return out;
}

// The log, which is asked for so much. What it does not tell, since it was erased or damaged, stays
// as unsure as what it is not asked for.
class LogLookups {
 public:
  explicit LogLookups(const ReadEvent& read) : read_(read) {}

  Result<std::shared_ptr<const v1::Event>> whole(const IndexedEvent& event) {
    if (!read_ || ++asked_ > kLogLookupsMax) return full("the log was asked for enough");
    auto out = read_(event);
    const bool is_lost = out.code() == Code::not_found || out.code() == Code::corrupt;
    return is_lost ? full(out.status().message()) : out;
  }
  Outside with_texts(const Outside& outside) {
    Outside out = outside;
    out.full_text = [this](const EventPlace& place,
                           Text column) -> Result<std::vector<std::string>> {
      IndexedEvent event;
      event.stream = place.stream;
      event.epoch = place.epoch;
      event.sequence = place.sequence;
      event.entry = place.entry;
      ASSIGN_OR_RETURN(const std::shared_ptr<const v1::Event> told, whole(event));
      return words_of(*told, column);
    };
    return out;
  }

 private:
  const ReadEvent& read_;
  size_t asked_ = 0;
};

SessionRow session_of_event(const IndexedEvent& event) {
  SessionRow out;
  out.key = session_of(event);
  out.ses = event.event->session().ses();
  out.boot_id = id_of(event.event->kernel().boot_id()).value_or(Id{});
  return out;
}

v1::FoundItem to_message(const FoundUnit& unit) {
  const v1::Event& e = *unit.event.event;
  v1::FoundItem out;
  out.set_time_ns(unit.key.time_ns);
  out.set_host(unit.event.agent);
  if (id_of(e.session_uid())) out.set_session(session_name(session_of_event(unit.event)));
  out.set_login_name(e.actor().login_name());
  if (e.actor().has_login_uid()) out.set_login_uid(e.actor().login_uid());
  if (e.has_command_started()) {
    Command command = begun(unit.event);
    if (unit.end) end_with(*unit.end->event, command);
    *out.mutable_command() = command_message(command, e.actor().login_name());
  } else {
    out.mutable_event()->set_event_id(event_id(unit.event));
    *out.mutable_event()->mutable_event() = e;
  }
  return out;
}

int64_t width_of(v1::HistogramRequest::By by) {
  switch (by) {
    case v1::HistogramRequest::BY_DAY: return kDayNs;
    case v1::HistogramRequest::BY_MINUTE: return kMinuteNs;
    default: return kHourNs;
  }
}

// The span that a moment is in begins then; in the zone of who asks.
int64_t begin_of(int64_t moment_ns, int64_t width_ns, int64_t zone_ns) {
  const int64_t there = moment_ns + zone_ns;
  return moment_ns - (there % width_ns + width_ns) % width_ns;
}

}  // namespace

Result<v1::SearchResponse> search(const Asker& asker, const v1::SearchRequest& request) {
  Newest wanted;
  const size_t limit =
      std::min<size_t>(request.limit() == 0 ? kSearchDefault : request.limit(), kSearchMax);
  int64_t asked_ns = asker.now_ns;
  if (!request.cursor().empty()) {
    ASSIGN_OR_RETURN(const Cursor cursor, parse_cursor(request.cursor()));
    wanted.before = cursor.before;
    asked_ns = cursor.asked_ns;
  }
  ASSIGN_OR_RETURN(const Query query, parse(request.query(), request.zone_offset_s(), asked_ns));
  wanted.rows = limit + 1;  // one more says whether there is more
  LogLookups log(asker.whole_event);
  ASSIGN_OR_RETURN(FoundUnits found, asker.index.search(query, wanted,
                                                        log.with_texts(asker.outside),
                                                        asker.is_cancelled));
  v1::SearchResponse out;
  *out.mutable_head() = head_of(query, found.shortfall);
  size_t bytes = 0;
  for (size_t i = 0; i < found.units.size(); ++i) {
    if (i == limit || bytes >= kSearchBytesMax) {
      out.set_next_cursor(print_cursor(found.units[i - 1].key, asked_ns));
      break;
    }
    IndexedEvent& event = found.units[i].event;
    if (!event.is_whole) {
      if (auto whole = log.whole(event); whole.is_ok()) event.event = std::move(whole).value();
    }
    *out.add_items() = to_message(found.units[i]);
    bytes += out.items().rbegin()->ByteSizeLong();
  }
  // Some could not be read.
  if (found.found > limit && out.next_cursor().empty() && !found.units.empty())
    out.set_next_cursor(print_cursor(found.units.back().key, asked_ns));
  return out;
}

Result<v1::HistogramResponse> histogram(const Asker& asker, const v1::HistogramRequest& request) {
  ASSIGN_OR_RETURN(Query query,
                   parse(request.query(), request.zone_offset_s(), asker.now_ns));
  const int64_t width = width_of(request.by());
  const int64_t zone_ns = request.zone_offset_s() * kNsPerSecond;
  constexpr int64_t kSpansDefault = 48;
  // What has not come yet is not counted, unless it is asked for.
  if (!query.until_ns) query.until_ns = asker.now_ns;
  if (!query.since_ns)
    query.since_ns = begin_of(*query.until_ns - 1, width, zone_ns) - (kSpansDefault - 1) * width;
  query.since_ns = std::max<int64_t>(*query.since_ns, 0);
  Histogram counted;
  counted.begin_ns = std::max<int64_t>(begin_of(*query.since_ns, width, zone_ns), 0);
  counted.width_ns = width;
  const int64_t length = std::max<int64_t>(*query.until_ns - counted.begin_ns, 0);
  const int64_t spans = length / width + (length % width != 0);
  if (spans > kHistogramSpansMax) {
    return invalid("that would be " + std::to_string(spans) + " spans, of at most " +
                   std::to_string(kHistogramSpansMax) + ": ask by longer ones, or say since:");
  }
  counted.counts.resize(static_cast<size_t>(spans));
  LogLookups log(asker.whole_event);
  ASSIGN_OR_RETURN(const Shortfall shortfall, asker.index.count(query, counted,
                                                                log.with_texts(asker.outside),
                                                                asker.is_cancelled));
  v1::HistogramResponse out;
  *out.mutable_head() = head_of(query, shortfall);
  for (size_t i = 0; i < counted.counts.size(); ++i) {
    v1::HistogramSpan& span = *out.add_spans();
    span.set_begin_ns(counted.begin_ns + static_cast<int64_t>(i) * width);
    span.set_count(counted.counts[i]);
  }
  return out;
}

}  // namespace spoor::collector
