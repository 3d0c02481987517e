#include "collector/query/query_server.h"

#include <grpcpp/grpcpp.h>

#include "collector/index/block_index.h"
#include "collector/index/memory_index.h"
#include "spoor/v1/query.grpc.pb.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class QueryServerTest : public testing::Test {
 protected:
  QueryServerTest() { start(kTrailTimeMax); }
  void start(std::chrono::milliseconds trail_max) {
    server_.reset();
    auto started = QueryServer::start(
        address_,
        {[this] { return index_; }, [] { return LagFacts{12, 34, 56, sample_uid(9)}; },
         [this](const IndexedEvent& event) { return whole_event(event); }, one_agent},
        clock_, trail_max);
    EXPECT_TRUE(started.is_ok()) << started.status().message();
    server_ = std::move(started).value();
    stub_ = v1::Query::NewStub(
        grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
  }
  Result<std::shared_ptr<const v1::Event>> whole_event(const IndexedEvent& event) {
    if (event.sequence > log_.size()) return not_found("the log is too short");
    return log_[event.sequence - 1].event;
  }
  static std::vector<AgentView> one_agent() {
    AgentView view;
    view.record.name = "web1";
    view.states = {AgentState::stalled};
    return {view};
  }
  void add(std::vector<v1::Event> events) {
    std::vector<IndexedEvent> indexed;
    for (v1::Event& e : events) indexed.push_back(make_.index(std::move(e)));
    log_.insert(log_.end(), indexed.begin(), indexed.end());
    const Position from = index_->position();
    ASSERT_TRUE(index_->apply(indexed, from, {from.entry + 1}).is_ok());
  }
  // More than what fits between the server and a client that does not read.
  void add_large_session() {
    std::vector<v1::Event> events;
    for (uint32_t i = 1; i <= 3000; ++i) {
      events.push_back(make_.started(1, i));
      events.back().mutable_command_started()->add_args(std::string(10'000, 'x'));
    }
    add(std::move(events));
  }
  grpc::Status trail(const std::string& name, std::vector<v1::TrailItem>& items) {
    v1::TrailRequest request;
    request.set_session(name);
    auto call = stub_->Trail(&context_, request);
    v1::TrailItem item;
    while (call->Read(&item)) items.push_back(item);
    return call->Finish();
  }

  TempFolder folder_;
  const std::string address_ = "unix:" + (folder_ / "query.sock");
  SystemClock clock_;
  std::shared_ptr<Index> index_ = std::make_shared<MemoryIndex>();
  EventMaker make_;
  std::vector<IndexedEvent> log_;
  std::unique_ptr<QueryServer> server_;
  std::unique_ptr<v1::Query::Stub> stub_;
  grpc::ClientContext context_;
};

TEST_F(QueryServerTest, ATrailBeginsWithItsSessionAndEndsWithTheLag) {
  add({make_.started(1, 10), make_.ended(1, 10, 0), make_.loss(1, 2), make_.closed(1)});
  std::vector<v1::TrailItem> items;
  EXPECT_TRUE(trail("web1:1", items).ok());
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].session().losses(), 1u);
  EXPECT_TRUE(items[1].has_command());
  EXPECT_TRUE(items[2].has_loss());
  EXPECT_TRUE(items[3].has_event());
  EXPECT_EQ(items[4].lag().bytes_behind(), 12u);
  EXPECT_EQ(items[4].lag().indexed_until_ns(), 34);
}

// A block of the index is gone: what is left is told, and how much is not.
TEST_F(QueryServerTest, WhatCannotBeReadIsTold) {
  PosixFiles files;
  index_ = BlockIndex::open(files, folder_ / "index", LogName()).value();
  add({make_.started(1, 10), make_.ended(1, 10, 0)});
  auto& index = static_cast<BlockIndex&>(*index_);
  ASSERT_TRUE(index.seal().is_ok());
  add({make_.closed(1)});
  ASSERT_TRUE(files.remove(folder_ / "index/blocks/1.blk").is_ok());
  std::vector<v1::TrailItem> items;
  EXPECT_TRUE(trail("web1:1", items).ok());
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(items[1].has_event());
  EXPECT_EQ(items[2].lag().events_unread(), 2u);
  EXPECT_NE(items[2].lag().unread_why(), "");
}

// An index keeps 8 KiB of a text; the log has all of it.
TEST_F(QueryServerTest, LongCommandsAreTold) {
  PosixFiles files;
  index_ = BlockIndex::open(files, folder_ / "index", LogName()).value();
  v1::Event start = make_.started(1, 10);
  start.mutable_command_started()->add_args(std::string(100'000, 'x'));
  add({start, make_.ended(1, 10, 0)});
  std::vector<v1::TrailItem> items;
  EXPECT_TRUE(trail("web1:1", items).ok());
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[1].command().args().rbegin()->size(), 100'000u);
  EXPECT_EQ(items[2].lag().events_unread(), 0u);
  log_.clear();
  items.clear();
  grpc::ClientContext context;
  v1::TrailRequest request;
  request.set_session("web1:1");
  auto call = stub_->Trail(&context, request);
  for (v1::TrailItem item; call->Read(&item);) items.push_back(item);
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[2].lag().events_unread(), 1u);
  EXPECT_EQ(items[2].lag().unread_why(), "the log is too short");
}

// With the end of each command, and with texts that only the log has whole.
TEST_F(QueryServerTest, SearchesAllSessions) {
  PosixFiles files;
  index_ = BlockIndex::open(files, folder_ / "index", LogName()).value();
  v1::Event start = make_.started(1, 10);
  start.mutable_command_started()->add_args(std::string(100'000, 'x') + " needle");
  add({start, make_.ended(1, 10, 3), make_.started(2, 11)});
  v1::SearchRequest request;
  v1::SearchResponse found;
  request.set_query("cmd:needle exit:!=0");
  grpc::ClientContext one, two, three;
  ASSERT_TRUE(stub_->Search(&one, request, &found).ok());
  ASSERT_EQ(found.items_size(), 1);
  EXPECT_EQ(found.items(0).command().exit_code(), 3u);
  EXPECT_EQ(found.items(0).command().args().rbegin()->size(), 100'007u);
  EXPECT_EQ(found.head().unsure(), 0u);
  EXPECT_EQ(found.head().lag().bytes_behind(), 12u);
  request.set_query("usr:alice");
  const grpc::Status wrong = stub_->Search(&two, request, &found);
  EXPECT_EQ(wrong.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(wrong.error_message().find("column 1: there is no field usr"), 0u);
  v1::HistogramRequest when;
  v1::HistogramResponse histogram;
  when.set_query("since:2023-11-14 until:2023-11-15");
  ASSERT_TRUE(stub_->Histogram(&three, when, &histogram).ok());
  uint64_t all = 0;
  for (const v1::HistogramSpan& span : histogram.spans()) all += span.count();
  EXPECT_EQ(all, 2u);
}

TEST_F(QueryServerTest, AnIndexThatDoesNotSearchSaysSo) {
  add({make_.started(1, 10)});
  v1::SearchResponse found;
  EXPECT_EQ(stub_->Search(&context_, {}, &found).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(QueryServerTest, NamesThatFitNothingOrSeveral) {
  v1::Event other = make_.event(6);
  other.set_session_uid(std::string(16, 'x'));
  add({make_.event(6), other});
  std::vector<v1::TrailItem> items;
  const grpc::Status status = trail("web1:6", items);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find(to_hex(sample_uid(6))), std::string::npos);
  EXPECT_TRUE(items.empty());
}

TEST_F(QueryServerTest, NoSuchSession) {
  std::vector<v1::TrailItem> items;
  EXPECT_EQ(trail("web1:6", items).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(QueryServerTest, NoSuchName) {
  std::vector<v1::TrailItem> items;
  EXPECT_EQ(trail("what?", items).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, SessionsWithTheLag) {
  add({make_.event(1), make_.event(2)});
  v1::SessionsResponse response;
  EXPECT_TRUE(stub_->Sessions(&context_, {}, &response).ok());
  EXPECT_EQ(response.sessions_size(), 2);
  EXPECT_EQ(response.lag().bytes_behind(), 12u);
}

TEST_F(QueryServerTest, Lag) {
  add({make_.event(1)});
  v1::LagResponse response;
  EXPECT_TRUE(stub_->Lag(&context_, {}, &response).ok());
  EXPECT_EQ(response.log_bytes(), 56u);
  EXPECT_EQ(response.events(), 1u);
  EXPECT_EQ(response.log_id(), std::string(16, '\x09'));
}

TEST_F(QueryServerTest, Agents) {
  v1::AgentsResponse response;
  EXPECT_TRUE(stub_->Agents(&context_, {}, &response).ok());
  ASSERT_EQ(response.agents_size(), 1);
  EXPECT_EQ(response.agents(0).states(0), v1::Agent::STATE_STALLED);
  v1::AgentsRequest wrong;
  wrong.set_name("?");
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Agents(&context, wrong, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, WhoStopsReadingStopsTheTrail) {
  add_large_session();
  v1::TrailRequest request;
  request.set_session("web1:1");
  auto call = stub_->Trail(&context_, request);
  v1::TrailItem item;
  EXPECT_TRUE(call->Read(&item));
  context_.TryCancel();
  while (call->Read(&item)) {
  }
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_.reset();  // and nobody is stuck
}

// A trail in a pager that nobody scrolls must not lock out the others.
TEST_F(QueryServerTest, ManyTrailsThatNobodyReads) {
  add_large_session();
  struct Reader {
    std::unique_ptr<v1::Query::Stub> stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::TrailItem>> call;
  };
  std::vector<std::unique_ptr<Reader>> readers;
  v1::TrailRequest request;
  request.set_session("web1:1");
  grpc::ChannelArguments apart;
  apart.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  for (int i = 0; i < 40; ++i) {
    Reader& reader = *readers.emplace_back(std::make_unique<Reader>());
    reader.stub = v1::Query::NewStub(
        grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), apart));
    reader.call = reader.stub->Trail(&reader.context, request);
    v1::TrailItem item;
    ASSERT_TRUE(reader.call->Read(&item)) << i;
  }
  v1::SessionsResponse response;
  EXPECT_TRUE(stub_->Sessions(&context_, {}, &response).ok());
  for (auto& reader : readers) reader->context.TryCancel();
}

TEST_F(QueryServerTest, ATrailEndsWhenItsTimeIsOver) {
  add_large_session();
  start(std::chrono::milliseconds(1));
  v1::TrailRequest request;
  request.set_session("web1:1");
  auto call = stub_->Trail(&context_, request);
  // Read so slowly that the server waits in the middle of the trail, until it gives up.
  v1::TrailItem item;
  int items = 0;
  for (; call->Read(&item); ++items) {
    for (int i = 0; i < 10; ++i) {
      grpc::ClientContext context;
      v1::LagResponse lag;
      ASSERT_TRUE(stub_->Lag(&context, {}, &lag).ok());
    }
  }
  EXPECT_LT(items, 3000);
  EXPECT_FALSE(call->Finish().ok());
}

TEST(QueryServer, SaysWhenItCannotListen) {
  SystemClock clock;
  const auto started =
      QueryServer::start("unix:/no/such/folder/q.sock", QueryServer::Doors(), clock);
  EXPECT_EQ(started.code(), Code::denied);
}

TEST_F(QueryServerTest, TheCollectorsOwnEvents) {
  EventMaker own(kOwnAgent);
  v1::Event event = own.event(0);
  event.mutable_agent_health()->add_agents("web1");
  ASSERT_TRUE(index_->apply(std::vector{own.index(std::move(event))}, {}, {1}).is_ok());
  v1::EventsRequest request;
  v1::EventsResponse response;
  ASSERT_TRUE(stub_->Events(&context_, request, &response).ok());
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).agents(0), "web1");
  EXPECT_EQ(response.lag().bytes_behind(), 12u);
  grpc::ClientContext again;
  request.set_agent("not a pattern");
  EXPECT_EQ(stub_->Events(&again, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace spoor::collector
