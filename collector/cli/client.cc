#include "collector/cli/client.h"

#include <grp.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/quoting.h"
#include "common/unique_fd.h"
#include "spoor/v1/query.grpc.pb.h"

namespace spoor::cli {
namespace {

// One event is at most 8 MiB (docs/frame.md); a command made of it is not much more.
constexpr int kMessageBytesMax = 16 << 20;
constexpr std::chrono::seconds kSessionsDeadline{30};
// Longer than the collector looks (kSearchTimeMax), who says more of it.
constexpr std::chrono::seconds kSearchDeadline{40};
constexpr std::chrono::minutes kTrailDeadline{30};

std::string group_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return "";
  struct group entry {};
  struct group* found = nullptr;
  char buffer[4096];
  getgrgid_r(info.st_gid, &entry, buffer, sizeof buffer, &found);
  return found == nullptr ? std::to_string(info.st_gid) : visible(found->gr_name);
}

// What connect(2) says of that socket; 0 when it works.
int connect_errno(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.data(), path.size());
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int result =
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return result == 0 ? 0 : errno;
}

}  // namespace

Status unreachable(const std::string& path, int error) {
  const std::string cannot = "cannot reach the collector on unix:" + visible(path) + ": ";
  switch (error) {
    case ENOENT:
      return unavailable(cannot + "there is no such socket.\nIs spoor-collector running "
                                  "(systemctl status spoor-collector)? Another socket is named "
                                  "with --collector or SPOOR_COLLECTOR.");
    case ECONNREFUSED:
      return unavailable(cannot + "nobody listens there.\nIs spoor-collector running "
                                  "(systemctl status spoor-collector)?");
    case EACCES:
    case EPERM: {
      const std::string group = group_of(path);
      return denied(cannot + "you may not open it.\nIts readers are the members of " +
                    (group.empty() ? "its group" : "group " + group) +
                    ": ask to become one, or try as root.");
    }
    case 0: return unavailable(cannot + "it went away before it had answered. Try again.");
    default: return unavailable(cannot + std::strerror(error) + ".");
  }
}

struct QueryClient::State {
  explicit State(const std::string& address) : path(address.substr(std::strlen("unix:"))) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    stub = v1::Query::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }

  // The one place where gRPC's codes become ours.
  Status from_grpc(const grpc::Status& status, const std::string& session) const {
    const std::string said = visible(status.error_message());
    const std::string name = shell_quote(session);
    switch (status.error_code()) {
      case grpc::StatusCode::OK: return ok();
      case grpc::StatusCode::UNAVAILABLE: return unreachable(path, connect_errno(path));
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        if (said.find("the search took too long") != std::string::npos)
          return unavailable(said + ".");
        return unavailable("the collector did not answer in time. Try again later.");
      case grpc::StatusCode::NOT_FOUND:
        return not_found("there is no session " + name +
                         ".\n`spoor sessions` lists those there are.");
      case grpc::StatusCode::FAILED_PRECONDITION:
        return not_found(said + "\nGive one of these names whole.");
      case grpc::StatusCode::INVALID_ARGUMENT:
        return invalid("the collector does not understand this: " + said + ".");
      case grpc::StatusCode::PERMISSION_DENIED:
      case grpc::StatusCode::UNAUTHENTICATED:
        return denied("the collector refuses: " + said + ".");
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        // gRPC says the same of a message that is too large, and that does not go away.
        if (said.find("larger than max") != std::string::npos)
          return internal("the collector's answer is too large: " + said + ".");
        return unavailable("the collector is busy, try again.");
      case grpc::StatusCode::UNIMPLEMENTED:
        return internal("the collector does not know this command: it is older than this program. "
                        "Upgrade it.");
      default:
        return internal("the collector failed: " + said + " (code " +
                        std::to_string(status.error_code()) + ").");
    }
  }

  std::string path;
  std::unique_ptr<v1::Query::Stub> stub;
};

QueryClient::QueryClient(const std::string& address) {
  // Failures are told by us, once; gRPC's own lines would stand between the operator's.
  gpr_set_log_function([](gpr_log_func_args*) {});
  state_ = std::make_unique<State>(address);
}
QueryClient::~QueryClient() = default;

Result<v1::SessionsResponse> QueryClient::sessions(const v1::SessionsRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSessionsDeadline);
  v1::SessionsResponse response;
  RETURN_IF_ERROR(state_->from_grpc(state_->stub->Sessions(&context, request, &response), ""));
  return response;
}

Result<v1::AgentsResponse> QueryClient::agents(const v1::AgentsRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSessionsDeadline);
  v1::AgentsResponse response;
  RETURN_IF_ERROR(state_->from_grpc(state_->stub->Agents(&context, request, &response), ""));
  return response;
}

Result<v1::EventsResponse> QueryClient::events(const v1::EventsRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSessionsDeadline);
  v1::EventsResponse response;
  RETURN_IF_ERROR(state_->from_grpc(state_->stub->Events(&context, request, &response), ""));
  return response;
}

Result<v1::SearchResponse> QueryClient::search(const v1::SearchRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSearchDeadline);
  v1::SearchResponse response;
  RETURN_IF_ERROR(state_->from_grpc(state_->stub->Search(&context, request, &response), ""));
  return response;
}

Result<v1::HistogramResponse> QueryClient::histogram(const v1::HistogramRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSearchDeadline);
  v1::HistogramResponse response;
  RETURN_IF_ERROR(state_->from_grpc(state_->stub->Histogram(&context, request, &response), ""));
  return response;
}

Status QueryClient::trail(const std::string& session,
                          const std::function<bool(v1::TrailItem)>& take) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTrailDeadline);
  v1::TrailRequest request;
  request.set_session(session);
  const auto reader = state_->stub->Trail(&context, request);
  v1::TrailItem item;
  while (reader->Read(&item)) {
    if (take(std::move(item))) continue;
    context.TryCancel();
    reader->Finish();
    return ok();
  }
  return state_->from_grpc(reader->Finish(), session);
}

}  // namespace spoor::cli
