// `spoor`: what an operator types. Reads the command line, asks the collector, prints.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <absl/time/time.h>

#include "collector/cli/agents_view.h"
#include "collector/cli/client.h"
#include "collector/cli/events_view.h"
#include "collector/cli/found_view.h"
#include "collector/cli/options.h"
#include "collector/cli/sessions_view.h"
#include "collector/cli/trail_view.h"
#include "collector/cli/words.h"
#include "common/clock.h"
#include "common/grpc_locks.h"
#include "common/quoting.h"
#include "proto/json.h"
#include "proto/protobuf_words.h"

namespace spoor::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr uint32_t kPageMax = 1000;  // SessionsRequest.limit

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Cut and coloured for a terminal; whole and plain for a file or a pipe.
ViewOptions view_options(uint32_t width) {
  ViewOptions view;
  view.width = width;
  if (isatty(STDOUT_FILENO) == 0) return view;
  view.colour = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  winsize size{};
  if (width == 0) {
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    view.width = known ? size.ws_col : 80;
  }
  return view;
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

int fail(const std::string& text) {
  std::fflush(stdout);
  std::fprintf(stderr, "spoor: %s\n", text.c_str());
  return kFailed;
}

// What the collector does not understand was typed wrong.
int fail(const Status& status) {
  const int exit_code = fail(status.message());
  if (status.code() != Code::invalid) return exit_code;
  std::fputs("See `spoor help`.\n", stderr);
  return kBadUsage;
}

v1::TrailItem as_item(v1::Session session) {
  v1::TrailItem item;
  *item.mutable_session() = std::move(session);
  return item;
}

Result<v1::SessionsResponse> all_pages(QueryClient& client, const Options& options) {
  v1::SessionsRequest request;
  request.set_user(options.user);
  request.set_host(options.host);
  // Programs get all: each session says its type.
  request.set_logins_only(!options.all && !options.json);
  v1::SessionsResponse all;
  for (uint32_t left = options.limit; left > 0;) {
    request.set_limit(std::min(left, kPageMax));
    ASSIGN_OR_RETURN(const v1::SessionsResponse page, client.sessions(request));
    all.mutable_sessions()->MergeFrom(page.sessions());
    *all.mutable_lag() = page.lag();
    all.set_next_cursor(page.next_cursor());
    all.set_hidden(all.hidden() + page.hidden());
    if (page.next_cursor().empty() || page.sessions().empty()) break;
    left -= std::min<uint32_t>(left, static_cast<uint32_t>(page.sessions_size()));
    request.set_cursor(page.next_cursor());
  }
  return all;
}

std::string no_sessions_text(const Options& options, uint64_t hidden) {
  if (hidden > 0) return "No login is known.\n";
  if (!options.user.empty() || !options.host.empty()) {
    return "No session fits. `spoor sessions` without --user and --host lists all of them.\n";
  }
  return "The collector knows no sessions yet. A session appears when someone logs in on a host "
         "where\nspoor-agent and spoor-uplink run (systemctl status spoor-agent spoor-uplink).\n";
}

bool print_sessions(const v1::SessionsResponse& all, const Options& options) {
  if (options.json) {
    std::string out;
    JsonWriter json;
    for (const v1::Session& session : all.sessions()) {
      json.append(as_item(session), out);
      out.push_back('\n');
    }
    v1::TrailItem lag;
    *lag.mutable_lag() = all.lag();
    json.append(lag, out);
    return print(out + '\n');
  }
  const std::vector<v1::Session> sessions(all.sessions().begin(), all.sessions().end());
  std::string out = sessions.empty() ? no_sessions_text(options, all.hidden())
                                     : render_sessions(sessions, view_options(0));
  const std::string hidden = hidden_text(all.hidden());
  if (!hidden.empty()) out += "\n" + hidden + "\n";
  if (!all.next_cursor().empty()) {
    out += "\nThere are older ones: --limit " + std::to_string(options.limit * 2ULL) + "\n";
  }
  const std::string lag = lag_text(all.lag());
  return print(out + (lag.empty() ? "" : "\n" + lag + "\n"));
}

int sessions(QueryClient& client, const Options& options) {
  const auto all = all_pages(client, options);
  if (!all.is_ok()) return fail(all.status().message());
  return print_sessions(*all, options) ? 0 : kFailed;
}

int trail(QueryClient& client, const Options& options) {
  bool written = true;
  JsonWriter json;
  std::vector<v1::TrailItem> items;
  const Status status = client.trail(options.session, [&](v1::TrailItem item) {
    if (!is_since(item, options.filter)) return true;
    if (!options.json) {
      items.push_back(std::move(item));
      return true;
    }
    std::string line;
    json.append(item, line);
    written = print(line + '\n');
    return written;
  });
  if (!items.empty()) {
    ViewOptions view = view_options(options.width);
    view.flat = options.flat;
    view.filter = options.filter;
    items = of_kinds(std::move(items), options.filter);
    written = print(render_trail(items, view));
  }
  if (!status.is_ok()) {
    if (!items.empty()) return fail("the trail above is not whole: " + status.message());
    return fail(status);
  }
  return written ? 0 : kFailed;
}

int agents(QueryClient& client, const Options& options) {
  v1::AgentsRequest request;
  request.set_name(options.agent_names);
  request.set_state(state_of_word(options.agent_state));
  for (const std::string& label : options.labels) request.add_labels(label);
  std::vector<v1::Agent> all;
  do {
    const auto page = client.agents(request);
    if (!page.is_ok()) return fail(page.status());
    all.insert(all.end(), page->agents().begin(), page->agents().end());
    request.set_cursor(page->next_cursor());
  } while (!request.cursor().empty());
  std::string out;
  if (options.json) {
    JsonWriter json;
    for (const v1::Agent& agent : all) {
      json.append(agent, out);
      out.push_back('\n');
    }
  } else if (all.empty()) {
    const bool is_filtered =
        !request.name().empty() || request.labels_size() > 0 || !options.agent_state.empty();
    out = is_filtered ? "No agent fits. `spoor agents` alone lists all of them.\n"
                      : "No agent is known yet. Hosts are enrolled with a token: "
                        "`spoor-collector token create`.\n";
  } else {
    out = render_agents(all, SystemClock().now().realtime_ns, view_options(0));
  }
  return print(out) ? 0 : kFailed;
}

int events(QueryClient& client, const Options& options) {
  v1::EventsRequest request;
  request.set_agent(options.agent_names);
  request.set_limit(options.limit);
  request.set_since_ns(options.filter.since_ns);
  request.set_failed_logins(options.failed_logins);
  const auto found = client.events(request);
  if (!found.is_ok()) return fail(found.status().message());
  std::string out;
  JsonWriter json;
  for (const v1::OwnEvent& event : found->events()) {
    if (!options.json) break;
    json.append(event, out);
    out.push_back('\n');
  }
  if (options.json) return print(out) ? 0 : kFailed;
  if (found->has_older()) {
    out += "There are older ones: --limit " + std::to_string(std::min(options.limit * 2, 1000U)) +
           ", or --since.\n\n";
  }
  out += found->events().empty() ? "Nothing was told.\n"
                                 : render_events({found->events().begin(), found->events().end()},
                                                 view_options(0));
  const std::string lag = lag_text(found->lag());
  return print(out + (lag.empty() ? "" : "\n" + lag + "\n")) ? 0 : kFailed;
}

// East of UTC, now.
int32_t zone_offset_s() {
  const absl::Time now = absl::FromUnixNanos(SystemClock().now().realtime_ns);
  return absl::LocalTimeZone().At(now).offset;
}

// A wrong query is shown with its place.
int fail_query(const Options& options, const Status& status) {
  if (status.code() != Code::invalid) return fail(status);
  const std::string caret = caret_text(options.query, status.message());
  fail(status.message());
  std::fputs(caret.c_str(), stderr);
  std::fputs("See docs/query.md for the language.\n", stderr);
  return kBadUsage;
}

bool print_found(const v1::SearchResponse& page, const Options& options, bool is_first) {
  if (options.json) {
    std::string out;
    JsonWriter json;
    for (const v1::FoundItem& item : page.items()) {
      json.append(item, out);
      out.push_back('\n');
    }
    return print(out);
  }
  std::string out;
  if (is_first) out += range_text(page.head()) + "\n";
  if (is_first && page.items().empty()) out += "Nothing fits.\n";
  return print(out + render_found({page.items().begin(), page.items().end()}, view_options(0)));
}

int search(QueryClient& client, const Options& options) {
  v1::SearchRequest request;
  request.set_query(options.query);
  request.set_zone_offset_s(zone_offset_s());
  request.set_limit(options.all ? kPageMax : options.limit);
  request.set_cursor(options.cursor);
  v1::SearchResponse end;  // what is told of all pages
  do {
    const auto page = client.search(request);
    if (!page.is_ok()) return fail_query(options, page.status());
    if (!print_found(*page, options, !end.has_head())) return kFailed;
    const v1::AnswerHead before = end.head();
    *end.mutable_head() = page->head();
    end.mutable_head()->set_unsure(before.unsure() + page->head().unsure());
    if (before.lag().events_unread() > page->head().lag().events_unread())
      *end.mutable_head()->mutable_lag() = before.lag();
    end.set_next_cursor(page->next_cursor());
    request.set_cursor(page->next_cursor());
  } while (options.all && !request.cursor().empty());
  std::string out;
  if (options.json) {
    JsonWriter().append(end, out);
    return print(out + '\n') ? 0 : kFailed;
  }
  out = shortfall_text(end.head());
  if (!end.next_cursor().empty())
    out += "There are older ones: --cursor " + visible(end.next_cursor()) + ", or --all.\n";
  return print((out.empty() ? "" : "\n") + out) ? 0 : kFailed;
}

int histogram(QueryClient& client, const Options& options) {
  v1::HistogramRequest request;
  request.set_query(options.query);
  request.set_zone_offset_s(zone_offset_s());
  if (options.by == "day") request.set_by(v1::HistogramRequest::BY_DAY);
  if (options.by == "minute") request.set_by(v1::HistogramRequest::BY_MINUTE);
  const auto found = client.histogram(request);
  if (!found.is_ok()) return fail_query(options, found.status());
  std::string out;
  if (options.json) {
    JsonWriter json;
    for (const v1::HistogramSpan& span : found->spans()) {
      json.append(span, out);
      out.push_back('\n');
    }
    json.append(found->head(), out);
    return print(out + '\n') ? 0 : kFailed;
  }
  const std::string bars = render_histogram(*found, view_options(0));
  const std::string shortfall = shortfall_text(found->head());
  out = range_text(found->head()) + "\n" + (bars.empty() ? "Nothing fits.\n" : bars);
  return print(out + (shortfall.empty() ? "" : "\n") + shortfall) ? 0 : kFailed;
}

int ask(QueryClient& client, const Options& options) {
  switch (options.command) {
    case Options::Command::trail: return trail(client, options);
    case Options::Command::search: return search(client, options);
    case Options::Command::histogram: return histogram(client, options);
    case Options::Command::agents: return agents(client, options);
    case Options::Command::events: return events(client, options);
    case Options::Command::sessions:
    case Options::Command::message: break;
  }
  return sessions(client, options);
}

int run(int argc, char** argv) {
  const Options options =
      parse_options(std::vector<std::string>(argv + std::min(argc, 1), argv + argc),
                    environment("SPOOR_COLLECTOR"), SystemClock().now().realtime_ns);
  if (options.command == Options::Command::message) {
    std::fputs(options.text.c_str(), options.exit_code == 0 ? stdout : stderr);
    return options.exit_code;
  }
  leave_grpc_locks_unwatched();
  ignore_protobuf_words();
  QueryClient client(options.collector);
  const int result = ask(client, options);
  // Evidence that did not reach its file must not look as if it had.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail("cannot write the output");
  return result;
}

}  // namespace
}  // namespace spoor::cli

int main(int argc, char** argv) { return spoor::cli::run(argc, argv); }
