import LedgerCrypto
import Testing
import TransparencyLog

@Suite struct WitnessPolicyTests {
    private static let log = try! TestKeys.verifier().text
    private static let witnesses = (0..<3).map { try! TestKeys.witnessVerifier($0).text }

    private func parse(_ text: String) throws -> WitnessPolicy { try WitnessPolicy(parsing: Array(text.utf8)) }

    private func names(_ names: String...) -> Set<WitnessPolicy.Name> { Set(names.map { WitnessPolicy.Name($0) }) }

    /// The example of C2SP tlog-policy, with whitespace, comments and URLs where they may be.
    @Test func exampleOfTheSpecification() throws {
        let keys = try (0..<6).map {
            try TestKeys.verifier("w\($0).example", TestKeys.key("key \($0)"), .cosignature).text
        }
        let policy = try parse(
            """
            # A policy — with a comment
            log \(Self.log) https://example.com/ledger/

            witness X1 \(keys[0])
             \twitness\tX2  \(keys[1]) https://witness.example/ \t
            witness X3 \(keys[2])
            group X-witnesses 2 X1 X2 X3
             # another
            witness Y1 \(keys[3])
            witness Y2 \(keys[4])
            witness Y3 \(keys[5])
            group Y-witnesses any Y1 Y2 Y3

            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """)
        #expect(policy.logs.map(\.text) == [Self.log])
        #expect(policy.witnesses.map(\.name.description) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"])
        #expect(policy.witnesses.map(\.key.text) == keys)
        for subset in 0..<64 {
            let cosigned = policy.witnesses.indices.filter { subset >> $0 & 1 == 1 }
            let isReached = cosigned.count { $0 < 3 } >= 2 && cosigned.contains { $0 >= 3 }
            #expect(policy.isQuorum(Set(cosigned.map { policy.witnesses[$0].name })) == isReached)
        }
    }

    @Test func namesOfGroupsAreNoWitnesses() throws {
        let policy = try parse("witness w \(Self.witnesses[0])\ngroup g all w\nquorum g\n")
        #expect(policy.isQuorum(names("w")))
        #expect(!policy.isQuorum(names("g")))
        #expect(!policy.isQuorum(names("unknown")))
        #expect(!policy.isQuorum([]))
    }

    @Test func withoutWitnesses() throws {
        #expect(try parse("quorum none\n").isQuorum([]))
        #expect(try parse("quorum none\n").logs.isEmpty)
        #expect(try parse("quorum none\nlog \(Self.log)\n").logs.count == 1)
        #expect(WitnessPolicy(logs: []).isQuorum([]))
    }

    /// Names are bytes: any but whitespace and control characters, UTF-8 or not.
    @Test func namesAreBytes() throws {
        var text = Array("witness ".utf8) + [0xff, 0xfe] + Array(" \(Self.witnesses[0])\n".utf8)
        text += Array("witness caf\u{e9} \(Self.witnesses[1])\nwitness cafe\u{301} \(Self.witnesses[2])\n".utf8)
        text += Array("group g 2 ".utf8) + [0xff, 0xfe] + Array(" caf\u{e9}\nquorum g\n".utf8)
        let policy = try WitnessPolicy(parsing: text)
        #expect(policy.witnesses[0].name.bytes == [0xff, 0xfe])
        #expect(policy.isQuorum(Set(policy.witnesses[..<2].map(\.name))))
        #expect(!policy.isQuorum([policy.witnesses[0].name, policy.witnesses[2].name]))
    }

    @Test(arguments: [
        "", "\n", "# only a comment\n", "quorum none", "quorum\n", "quorum none none\n", "Quorum none\n", "quorum W\n",
        "quorum none\nquorum none\n", "quorum w\nwitness w W0\n", "witness w W0\nquorum w2\n", "log\nquorum none\n",
        "log LOG url more\nquorum none\n", "log nonsense\nquorum none\n", "log LOG\nlog LOG\nquorum none\n",
        "witness W0\nquorum none\n", "witness w W0 url more\nquorum none\n",
        "witness w W0\nwitness v W0\nquorum none\n",
        "witness w W0\nwitness w W1\nquorum none\n", "witness none W0\nquorum none\n",
        "group g any\nquorum none\n", "group g any w\nquorum none\n", "witness w W0\ngroup g w\nquorum none\n",
        "witness w W0\ngroup g 0 w\nquorum g\n", "witness w W0\ngroup g 2 w\nquorum g\n",
        "witness w W0\ngroup g 01 w\nquorum g\n", "witness w W0\ngroup g +1 w\nquorum g\n",
        "witness w W0\ngroup g -1 w\nquorum g\n", "witness w W0\ngroup g ALL w\nquorum g\n",
        "witness w W0\ngroup g 18446744073709551617 w\nquorum g\n", "witness w W0\ngroup g all w w\nquorum g\n",
        "witness w W0\ngroup g all w\ngroup h all w\nquorum g\n", "witness w W0\ngroup w all w\nquorum w\n",
        "witness w W0\ngroup g all g\nquorum g\n", "witness w W0\ngroup none all w\nquorum none\n",
        "witness w W0\ngroup g any none w\nquorum g\n", "witness w W0\ngroup g all h\ngroup h all w\nquorum g\n",
        "quorum none\r\n", "quorum none\u{b}\n", "quorum none # comment\n", "quorum none\u{7f}\n",
        "include other\nquorum none\n",
        "quorum\u{a0}none\n", "\u{feff}quorum none\n",
    ])
    func wrongPolicies(_ template: String) {
        var text = template.replacing("LOG", with: Self.log)
        for place in 0..<3 { text = text.replacing("W\(place)", with: Self.witnesses[place]) }
        #expect(throws: TransparencyLogError(.malformed, ""), "\(template)") { try parse(text) }
    }

    @Test func keysOfTheWrongKind() {
        let unsupported = TransparencyLogError(.unsupportedKey, "")
        #expect(throws: unsupported) { try parse("log \(Self.witnesses[0])\nquorum none\n") }
        #expect(throws: unsupported) { try parse("witness w \(Self.log)\nquorum w\n") }
    }

    @Test func errorsNameTheLine() {
        let error = #expect(throws: TransparencyLogError.self) { try parse("# one\n\nquorum nobody\n") }
        #expect(error?.description.hasPrefix("line 3 of the policy: ") == true)
    }

    @Test func limits() throws {
        func witnesses(_ count: Int) throws -> String {
            try (0..<count).map {
                "witness w\($0) \(try TestKeys.verifier("w.example", TestKeys.key("key \($0)"), .cosignature).text)\n"
            }.joined()
        }
        #expect(try parse(witnesses(256) + "quorum none\n").witnesses.count == 256)
        #expect(throws: TransparencyLogError(.tooLarge, "")) { try parse(witnesses(257) + "quorum none\n") }
        #expect(throws: TransparencyLogError(.tooLarge, "")) {
            try parse("#" + String(repeating: " ", count: 1 << 20) + "\nquorum none\n")
        }
    }
}
