// The open calls from hosts: counted, in all and by agent, and found when one is to end. Those that
// have not said Hello are counted for themselves, since anybody can have one: they take no place
// from others. They, and those that were refused, have a time until which they are to be over.
//
// Thread-safe. No call is told anything from here: what is to be cut is given back, to be cut with
// no lock held.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "collector/receive/stream_state.h"

namespace spoor::collector {

// One call, as those see it who may end it. Any thread.
class OpenCall {
 public:
  virtual ~OpenCall() = default;
  // The serial of its certificate; empty: none that is good.
  virtual const std::string& certificate() const = 0;
  // Nothing more of it will be taken: it is told so, where it is one that can be.
  virtual void on_refused(const Refusal& refusal) = 0;
  // Ends it now, whether its other side reads or not.
  virtual void cut() = 0;
  // The same: it has not said Hello in time, or was refused and does not end.
  virtual void cut_overdue() = 0;
  // The same, where it sends a message that does not end. To be called each second: what only
  // `is_thorough` looks at grows slowly.
  virtual void cut_endless(bool is_thorough) = 0;
};
using OpenCallRef = std::shared_ptr<OpenCall>;

class OpenCalls {
 public:
  // What is to be cut for it: the oldest of those without a Hello.
  std::vector<OpenCallRef> add(const OpenCallRef& call, int64_t boottime_ns);
  // Its certificate is good. What is to be cut for it: the oldest of an agent that has too many.
  std::vector<OpenCallRef> identify(const OpenCallRef& call, const std::string& agent);
  // Its Hello came. False: there are too many.
  bool greet(const OpenCallRef& call);
  // It was refused, and has to end. It may have: the writer refuses who is gone, too.
  void expect_end(const OpenCallRef& call, int64_t boottime_ns);
  void remove(const OpenCallRef& call, const std::string& agent, bool was_greeted);
  // Those whose time for a Hello is over, or for reading why they were refused.
  std::vector<OpenCallRef> take_overdue(int64_t boottime_ns);
  std::set<OpenCallRef> all() const;

 private:
  // Calls, each with the moment at which it is cut. All wait as long, so that the first one's comes
  // first.
  class Deadlines {
   public:
    size_t size() const { return due_.size(); }
    void add(const OpenCallRef& call, int64_t until_ns);
    void forget(const OpenCallRef& call);
    OpenCallRef take_oldest();
    void take_overdue(int64_t now_ns, std::vector<OpenCallRef>& out);

   private:
    struct Due {
      OpenCallRef call;
      int64_t until_ns = 0;
    };
    std::list<Due> due_;
    std::map<OpenCallRef, std::list<Due>::iterator> places_;
  };

  mutable std::mutex mutex_;
  std::set<OpenCallRef> all_;
  Deadlines silent_, refused_;
  size_t greeted_ = 0;
  std::map<std::string, std::list<OpenCallRef>> by_agent_;
};

}  // namespace spoor::collector
