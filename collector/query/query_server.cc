#include "collector/query/query_server.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <map>
#include <mutex>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/query/agent_answers.h"
#include "collector/query/answers.h"
#include "collector/query/event_answers.h"
#include "collector/query/search_answers.h"
#include "collector/query/search_limits.h"
#include "collector/query/session_name.h"
#include "spoor/v1/query.grpc.pb.h"

namespace spoor::collector {

namespace {

grpc::Status to_grpc(const Status& status) {
  switch (status.code()) {
    case Code::ok: return grpc::Status::OK;
    case Code::invalid: return {grpc::StatusCode::INVALID_ARGUMENT, status.message()};
    case Code::not_found: return {grpc::StatusCode::NOT_FOUND, status.message()};
    case Code::denied: return {grpc::StatusCode::PERMISSION_DENIED, status.message()};
    case Code::full: return {grpc::StatusCode::RESOURCE_EXHAUSTED, status.message()};
    case Code::corrupt: return {grpc::StatusCode::DATA_LOSS, status.message()};
    case Code::unavailable: return {grpc::StatusCode::UNAVAILABLE, status.message()};
    case Code::internal: break;
  }
  return {grpc::StatusCode::INTERNAL, status.message()};
}

// Cancels a call when its time is over, also one that waits for a reader who does not read.
class CallLimit {
 public:
  CallLimit(grpc::ServerContext& context, std::chrono::nanoseconds until)
      : call_(std::make_shared<Call>()) {
    call_->context = &context;
    alarm_.Set(std::chrono::system_clock::time_point(until), [call = call_](bool is_over) {
      const std::lock_guard lock(call->mutex);
      if (!is_over || call->context == nullptr) return;
      call->is_over = true;
      call->context->TryCancel();
    });
  }
  // The alarm may still go off, and finds nothing to cancel.
  ~CallLimit() {
    const std::lock_guard lock(call_->mutex);
    call_->context = nullptr;
  }
  CallLimit(const CallLimit&) = delete;
  CallLimit& operator=(const CallLimit&) = delete;

  bool is_over() const {
    const std::lock_guard lock(call_->mutex);
    return call_->is_over;
  }

 private:
  struct Call {
    std::mutex mutex;
    grpc::ServerContext* context = nullptr;
    bool is_over = false;
  };
  std::shared_ptr<Call> call_;
  grpc::Alarm alarm_;
};

class Service final : public v1::Query::Service {
 public:
  Service(QueryServer::Doors doors, const Clock& clock, std::chrono::milliseconds trail_max)
      : doors_(std::move(doors)), clock_(clock), trail_max_(trail_max) {}

  grpc::Status Sessions(grpc::ServerContext* context, const v1::SessionsRequest* request,
                        v1::SessionsResponse* response) override {
    const v1::IndexLag lag = index_lag();
    Result<v1::SessionsResponse> page =
        list_sessions(*doors_.index(), *request, [&] { return context->IsCancelled(); });
    if (!page.is_ok()) return to_grpc(page.status());
    *response = std::move(page).value();
    *response->mutable_lag() = lag;
    return grpc::Status::OK;
  }

  grpc::Status Trail(grpc::ServerContext* context, const v1::TrailRequest* request,
                     grpc::ServerWriter<v1::TrailItem>* writer) override {
    const Result<NamedSession> name = parse_session_name(request->session());
    if (!name.is_ok()) return to_grpc(name.status());
    const std::chrono::nanoseconds now(clock_.now().realtime_ns);
    const CallLimit limit(*context, now + trail_max_);
    const auto is_cancelled = [&] { return context->IsCancelled() || limit.is_over(); };
    // The lag is taken first: what it says is missing may be there already, never the reverse.
    v1::TrailItem last;
    *last.mutable_lag() = index_lag();
    const std::shared_ptr<const Index> index = doors_.index();
    const auto rows = find_sessions(*index, *name);
    if (!rows.is_ok()) return to_grpc(rows.status());
    if (rows->empty()) return to_grpc(not_found("there is no session " + request->session()));
    if (rows->size() > 1) return several(request->session(), *rows);

    auto events = index->session_events(rows->front().key);
    if (!events.is_ok()) return to_grpc(events.status());
    const Status whole = make_whole(*events, doors_.whole_event, is_cancelled);
    if (!whole.is_ok()) return to_grpc(whole);
    const Result<collector::Trail> trail = fold(rows->front(), events->events, is_cancelled);
    if (!trail.is_ok()) return to_grpc(trail.status());
    Result<v1::Session> session = to_message(*index, trail->session);
    if (!session.is_ok()) return to_grpc(session.status());
    v1::TrailItem first;
    *first.mutable_session() = std::move(session).value();
    if (!writer->Write(first)) return grpc::Status::CANCELLED;
    for (const auto& item : trail->items) {
      if (is_cancelled() || !writer->Write(message(item, trail->session)))
        return grpc::Status::CANCELLED;
    }
    last.mutable_lag()->set_events_unread(events->missing.rows);
    last.mutable_lag()->set_unread_why(events->missing.why.message());
    writer->Write(last);
    return grpc::Status::OK;
  }

  grpc::Status Lag(grpc::ServerContext*, const v1::LagRequest*,
                   v1::LagResponse* response) override {
    const LagFacts facts = doors_.lag();
    *response->mutable_lag() = index_lag();
    response->set_log_bytes(facts.log_bytes);
    response->set_events(doors_.index()->events_total());
    response->set_log_id(std::string(as_text(facts.log_id)));
    return grpc::Status::OK;
  }

  grpc::Status Agents(grpc::ServerContext*, const v1::AgentsRequest* request,
                      v1::AgentsResponse* response) override {
    Result<v1::AgentsResponse> page = list_agents(doors_.agents(), *request);
    if (!page.is_ok()) return to_grpc(page.status());
    *response = std::move(page).value();
    return grpc::Status::OK;
  }

  grpc::Status Events(grpc::ServerContext*, const v1::EventsRequest* request,
                      v1::EventsResponse* response) override {
    const v1::IndexLag lag = index_lag();
    const std::shared_ptr<const Index> index = doors_.index();
    Result<v1::EventsResponse> events = list_events(
        request->failed_logins() ? index->failed_logins() : index->own_events(), *request);
    if (!events.is_ok()) return to_grpc(events.status());
    *response = std::move(events).value();
    *response->mutable_lag() = lag;
    return grpc::Status::OK;
  }

  grpc::Status Search(grpc::ServerContext* context, const v1::SearchRequest* request,
                      v1::SearchResponse* response) override {
    return answer(*context, *request, collector::search, *response);
  }

  grpc::Status Histogram(grpc::ServerContext* context, const v1::HistogramRequest* request,
                         v1::HistogramResponse* response) override {
    return answer(*context, *request, collector::histogram, *response);
  }

 private:
  // Until the caller goes, or has waited long enough.
  template <typename Request, typename Response>
  grpc::Status answer(const grpc::ServerContext& context, const Request& request,
                      Result<Response> (*ask)(const Asker&, const Request&), Response& response) {
    const v1::IndexLag lag = index_lag();
    const Instant now = clock_.now();
    const int64_t until_ns = now.boottime_ns + std::chrono::nanoseconds(kSearchTimeMax).count();
    const auto is_over = [&] { return clock_.now().boottime_ns > until_ns; };
    const std::shared_ptr<const Index> index = doors_.index();
    const Asker asker{*index, outside(), doors_.whole_event, now.realtime_ns,
                      [&] { return context.IsCancelled() || is_over(); }};
    Result<Response> found = ask(asker, request);
    if (found.code() == Code::unavailable && is_over()) {
      return {grpc::StatusCode::DEADLINE_EXCEEDED,
              "the search took too long; a shorter time (since:, until:) takes less"};
    }
    if (!found.is_ok()) return to_grpc(found.status());
    response = std::move(found).value();
    v1::IndexLag& told = *response.mutable_head()->mutable_lag();
    told.set_bytes_behind(lag.bytes_behind());
    told.set_indexed_until_ns(lag.indexed_until_ns());
    return grpc::Status::OK;
  }

  // What it says is kept for one question.
  Outside outside() const {
    using Labels = std::map<std::string, Outside::Labels, std::less<>>;
    Outside out;
    const auto known = std::make_shared<std::optional<Labels>>();
    out.labels = [this, known](std::string_view host) -> Outside::Labels {
      if (!*known) {
        known->emplace();
        for (const AgentView& view : doors_.agents()) {
          const auto& labels = view.record.labels;
          (**known)[view.record.name] = {labels.begin(), labels.end()};
        }
      }
      const auto at = (*known)->find(host);
      return at == (*known)->end() ? Outside::Labels() : at->second;
    };
    out.person = [](std::string_view, std::string_view, std::string_view, int64_t) {
      return std::string();  // nobody imports people yet
    };
    return out;
  }

  static v1::TrailItem message(const TrailItem& item,
                               const SessionSummary& session) {
    if (const auto* command = std::get_if<Command>(&item)) return to_message(*command, session);
    if (const auto* loss = std::get_if<TrailLoss>(&item)) return to_message(*loss);
    return to_message(std::get<OtherEvent>(item));
  }

  static grpc::Status several(const std::string& name, const std::vector<SessionRow>& rows) {
    std::string text = name + " fits several sessions:";
    for (const SessionRow& row : rows)
      text += " " + session_name(row) + " (" + to_hex(row.key.session_uid) + ")";
    return {grpc::StatusCode::FAILED_PRECONDITION, text};
  }

  v1::IndexLag index_lag() const {
    const LagFacts facts = doors_.lag();
    v1::IndexLag out;
    out.set_bytes_behind(facts.bytes_behind);
    out.set_indexed_until_ns(facts.indexed_until_ns);
    return out;
  }

  const QueryServer::Doors doors_;
  const Clock& clock_;
  const std::chrono::milliseconds trail_max_;
};

}  // namespace

struct QueryServer::State {
  State(Doors doors, const Clock& c, std::chrono::milliseconds trail_max)
      : clock(c), service(std::move(doors), c, trail_max) {}
  const Clock& clock;
  Service service;
  std::unique_ptr<grpc::Server> server;
};

QueryServer::QueryServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<QueryServer>> QueryServer::start(const std::string& address,
                                                        Doors doors, const Clock& clock,
                                                        std::chrono::milliseconds trail_max) {
  auto state = std::make_unique<State>(std::move(doors), clock, trail_max);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetResourceQuota(
      grpc::ResourceQuota("query").Resize(kGrpcBytesMax).SetMaxThreads(kQueryThreadsMax));
  builder.RegisterService(&state->service);
  state->server = builder.BuildAndStart();
  if (!state->server || port == 0) return denied("cannot listen on " + address);
  return std::unique_ptr<QueryServer>(new QueryServer(std::move(state)));
}

QueryServer::~QueryServer() {
  const std::chrono::nanoseconds now(state_->clock.now().realtime_ns);
  state_->server->Shutdown(std::chrono::system_clock::time_point(now));
}

}  // namespace spoor::collector
