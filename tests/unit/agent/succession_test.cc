// Who has the seat is the kernel's to say (tests/system/restart_test.py); here is what is done with
// a socket that nobody will read again.
#include "agent/succession.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/root_only.h"
#include "tests/support/toy_kernel.h"

namespace spoor::agent {
namespace {

TEST(SuccessionTest, WhatTheOldSocketHoldsIsInTheRingBirthsFirst) {
  ToyKernel kernel;
  FakeClock clock;
  ReadRing ring = ReadRing::in_memory();
  ProcConnector connector = ProcConnector::adopt(kernel.connector(), ring.connector());
  AuditSocket old = AuditSocket::adopt(kernel.audit(), ring.audit());
  kernel.run_command(clock.now());
  kernel.change_config(clock.now());
  kernel.send(100);
  ASSERT_TRUE(read_rest(old, into_ring(ring, connector, clock)).is_ok());
  std::string order;
  ASSERT_TRUE(ring.play(0, ring.position(),
                        [&](const ReadItem& item) {
                          if (std::holds_alternative<ProcessMessage>(item)) order += 'p';
                          if (std::holds_alternative<Datagram>(item)) order += 'r';
                        })
                  .is_ok());
  EXPECT_EQ(order, "pprrrrr");
}

TEST(SuccessionTest, WhatTheRingHoldsIsNotTakenAgainFromASocketThatListens) {
  SPOOR_NEEDS_ROOT();
  ReadRing ring = ReadRing::in_memory();
  ring.append(Datagram{1300, "audit(1.000:7): settled"});
  ring.publish();
  ring.settle(ring.position());
  ring.append(Datagram{1300, "audit(1.000:8): "});
  ring.publish();
  auto socket = AuditSocket::open(ring.audit());
  ASSERT_TRUE(socket.is_ok()) << socket.status().message();
  ASSERT_TRUE(socket->listen().is_ok());
  remember_read(*socket, ring);
  EXPECT_TRUE(socket->is_first({1300, "audit(1.000:7): settled"}));
  EXPECT_FALSE(socket->is_first({1300, "audit(1.000:8): "}));
  EXPECT_TRUE(socket->is_first({1300, "audit(1.000:9): "}));
}

}  // namespace
}  // namespace spoor::agent
