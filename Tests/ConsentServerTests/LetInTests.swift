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
        let bodies = HeldBodies(most: 100, free: 0)
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

    /// The first bytes of a body are let in however much others hold.
    @Test func aShortBodyIsAlwaysLetIn() throws {
        let bodies = HeldBodies(most: 100, free: 10)
        let full = ServerError(.overloaded, "")
        let long = bodies.share(of: .platform)
        try long.add(35)
        #expect(throws: full) { try long.add(1) }
        let short = bodies.share(of: .platform)
        for _ in 0..<10 { try short.add(1) }
        #expect(throws: full) { try short.add(1) }
        #expect(throws: full) { try bodies.share(of: .platform).add(11) }
        _ = (long, short)
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
            configuration.limits.bodyBytes = 65_536
            configuration.limits.bodiesBytes = 4 * 65_536
        }
        let token = try world.token(.query, businesses: [ServerWorld.acme])
        let bodies = world.server.parts.heldBodies
        try await world.run { client async throws in
            func statuses(_ length: Int) async throws -> [Int] {
                let blanks = String(repeating: " ", count: length)
                return [
                    try await client.post("/v1/decisions", token: token, Requests.question("+34600111222") + blanks)
                        .status,
                    try await client.send(.post, "/webhooks/rcs", json: "{}" + blanks).status,
                ]
            }
            for length in [0, 20_000] { #expect(try await statuses(length) == [200, 401]) }
            let strangers = bodies.share(of: .stranger)
            try strangers.add(65_536 + 16_384)
            for length in [0, 20_000] { #expect(try await statuses(length) == [200, 401]) }
            let platforms = bodies.share(of: .platform)
            try platforms.add(65_536 + 16_384)
            #expect(try await statuses(20_000) == [200, 503])
            let tokens = bodies.share(of: .token)
            try tokens.add(2 * 65_536 + 16_384)
            #expect(try await statuses(20_000) == [503, 503])
            #expect(try await statuses(0) == [200, 401])
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
