import NIOCore
import NIOEmbedded
import Testing

@testable import ConsentServer

/// What those who have not shown who they are can take of the server.
@Suite struct LetInTests {
    @Test func theBodiesOfAllTogetherAreBounded() throws {
        let bodies = HeldBodies(most: 100)
        let stranger = bodies.share(ofStranger: true)
        #expect(throws: ServerError(.overloaded, "")) { try stranger.add(51) }
        let first = bodies.share(ofStranger: false)
        try first.add(60)
        do {
            let second = bodies.share(ofStranger: false)
            #expect(throws: ServerError(.overloaded, "")) { try stranger.add(1) }
            try second.add(40)
            #expect(throws: ServerError(.overloaded, "")) { try second.add(1) }
            #expect(throws: ServerError(.overloaded, "")) { try first.add(1) }
        }
        // What a request held is given back with it.
        try first.add(40)
        #expect(throws: ServerError(.overloaded, "")) { try first.add(1) }
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
