import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import Testing

@testable import ConsentServer

/// What those who have not shown who they are can take of the server.
@Suite struct LetInTests {
    @Test func theBodiesOfAllTogetherAreBoundedAndEachHasRoomOfItsOwn() throws {
        let bodies = HeldBodies(most: 100)
        let full = ServerError(.overloaded, "")
        for (sender, most) in [(HeldBodies.Sender.token, 50), (.platform, 25), (.stranger, 25)] {
            let first = bodies.share(of: sender)
            #expect(throws: full) { try first.add(most + 1) }
            try first.add(most - 10)
            do {
                let second = bodies.share(of: sender)
                #expect(throws: full) { try second.add(11) }
                try second.add(10)
                #expect(throws: full) { try first.add(1) }
                // What the others have is theirs.
                for other in [HeldBodies.Sender.token, .platform, .stranger] where other != sender {
                    try bodies.share(of: other).add(25)
                }
            }
            // What a request held is given back with it.
            try first.add(10)
            #expect(throws: full) { try first.add(1) }
        }
    }

    /// Whose room a body takes: that of those who show a token, of platforms, or of strangers.
    @Test func strangersAndPlatformsDoNotUseUpWhatTokensNeed() async throws {
        let secret = NSTemporaryDirectory() + "consentd-secret-" + UUID().uuidString
        try "a platform's secret".write(toFile: secret, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: secret) }
        let world = try ServerWorld(label: "room-apart") { configuration in
            configuration.webhooks = [
                Configuration.WebhookConfiguration(
                    name: "rcs", kind: .rcs, business: ServerWorld.acme, source: "cli", secretFile: secret)
            ]
            configuration.limits.bodyBytes = 2048
            configuration.limits.bodiesBytes = 4 * 2048
        }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let bodies = world.server.parts.heldBodies
        try await world.run { client async throws in
            func statuses() async throws -> [Int] {
                [
                    try await client.post("/v1/decisions", token: token, Requests.question("+34600111222")).status,
                    try await client.send(.post, "/webhooks/rcs", json: "{}").status,
                    try await client.send(
                        .post, "/console/sign-in", json: "token=x",
                        headers: [.contentType: "application/x-www-form-urlencoded"]
                    ).status,
                ]
            }
            #expect(try await statuses() == [200, 401, 403])
            let strangers = bodies.share(of: .stranger)
            try strangers.add(2048)
            #expect(try await statuses() == [200, 401, 503])
            let platforms = bodies.share(of: .platform)
            try platforms.add(2048)
            #expect(try await statuses() == [200, 503, 503])
            let tokens = bodies.share(of: .token)
            try tokens.add(4096)
            #expect(try await statuses() == [503, 503, 503])
            _ = (strangers, platforms, tokens)
        }
    }

    @Test func whoReadsNothingIsNotWaitedForLongerThanARequest() throws {
        let loop = EmbeddedEventLoop()
        func channel() throws -> EmbeddedChannel {
            let channel = EmbeddedChannel(
                handler: UnreadAnswerHandler(longest: .seconds(30)), loop: loop)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            return channel
        }
        func setWritable(_ isWritable: Bool, _ channel: EmbeddedChannel) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        let stalled = try channel()
        let slow = try channel()
        setWritable(false, stalled)
        setWritable(false, slow)
        loop.advanceTime(by: .seconds(29))
        #expect(stalled.isActive && slow.isActive)
        setWritable(true, slow)
        setWritable(false, slow)
        loop.advanceTime(by: .seconds(1))
        #expect(!stalled.isActive && slow.isActive)
        setWritable(true, slow)
        loop.advanceTime(by: .seconds(100))
        #expect(slow.isActive)
        _ = try slow.finish()
    }
}
