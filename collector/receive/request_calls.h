// Calls of one request and one answer: Enrol and Renew. gRPC's own gather a request whole before a
// word of it reaches us, however long it is and however long that takes. These are read as a
// stream's first message, which is the same on the wire: a call is cut whose request has not come
// in kHelloWaitNs, or behind which more comes over its connection than a message may have.
//
// A method answers on a thread of its own, one request after the other, and may block. Of requests
// that were read kEnrolmentsWaitingMax wait for it; beyond that UNAVAILABLE.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "collector/receive/open_calls.h"
#include "collector/receive/visitors.h"
#include "common/clock.h"
#include "common/result.h"

namespace grpc {
class CallbackGenericService;
}

namespace spoor::collector {

// Who asks, as the connection says.
struct RequestCaller {
  std::string address;      // without its port
  std::string certificate;  // PEM: the one it showed, whose key it holds; empty: none
};
// The bytes of a request to those of its answer. `invalid` and `denied` are the host's to mend; of
// all else it is told to come back.
using AnswerRequest =
    std::function<Result<std::string>(const RequestCaller&, const std::string& request)>;
// By `/package.Service/Method`.
using RequestMethods = std::map<std::string, AnswerRequest>;

// What the calls share with those of uplinks. All outlives them.
struct RequestSurroundings {
  OpenCalls& calls;
  const Clock& clock;
  // A peer's connection, as gRPC names it; nullptr: not known.
  std::function<std::shared_ptr<Visitor>(const std::string& peer)> find;
  // One of them was cut for what it sent. Any thread.
  std::function<void(const std::string& address, const std::string& why)> on_cut;
};

class RequestCalls {
 public:
  RequestCalls(const RequestMethods& methods, RequestSurroundings around);
  // The server is gone.
  ~RequestCalls();
  // To be registered on the server: it has all calls of which no other service knows.
  grpc::CallbackGenericService& service();
  // Answers what it is at, and no more: the rest, and who comes, is told to come back.
  void stop();

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace spoor::collector
