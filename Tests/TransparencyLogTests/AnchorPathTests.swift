import LedgerCrypto
import Testing
import TransparencyLog

/// Anchor files: where a clearance is in the tree of many.
@Suite struct AnchorPathTests {
    private static let zero = SHA256Digest(hashing: [])

    private static func clearance(_ number: Int) throws -> Clearance {
        try Clearance(
            origin: TestKeys.origin, ledgerID: zero, count: 1, root: SHA256Digest(hashing: Array("\(number)".utf8)),
            logSize: 5, logRoot: zero, decidedAt: 1_700_000_000_000, notAfter: 1_700_000_900_000, inputs: zero)
    }

    /// RFC 6962 §2.1 over texts, in the words of the specification and without the library.
    private static func root(_ texts: ArraySlice<[UInt8]>) -> SHA256Digest {
        guard texts.count > 1 else { return SHA256Digest(hashing: [0x00] + (texts.first ?? [])) }
        var middle = 1
        while middle * 2 < texts.count { middle *= 2 }
        let start = texts.startIndex
        return NaiveTree.node(root(texts[start..<start + middle]), root(texts[(start + middle)...]))
    }

    private static func path(_ index: Int, among clearances: [Clearance]) throws -> AnchorPath {
        var gathering = try AuditPathGathering(index: UInt64(index), size: UInt64(clearances.count))
        var tree = RightEdge()
        for clearance in clearances { tree.append(clearance.leafHash) { gathering.take($0, $1) } }
        return try AnchorPath(record: 812, index: UInt64(index), hashes: gathering.path().hashes)
    }

    /// Whether bytes are an anchor file of that record that leads from the clearance to the root.
    private static func leads(
        _ bytes: [UInt8], from clearance: Clearance, to root: SHA256Digest, count: Int
    ) -> Bool {
        guard let path = try? AnchorPath(parsing: bytes), path.record == 812 else { return false }
        return (try? path.verify(clearance, count: UInt64(count), root: root)) != nil
    }

    @Test func itIsLinesAndReadAsItWasWritten() throws {
        let path = try AnchorPath(record: 812, index: 3, hashes: [Self.zero])
        #expect(
            String(decoding: path.bytes, as: UTF8.self) == """
                consent-ledger/clearance-anchor/v1
                record 812
                index 3
                47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

                """)
        #expect(try AnchorPath(parsing: path.bytes) == path)
        let alone = try AnchorPath(record: TreeSize.maximum, index: 0, hashes: [])
        #expect(try AnchorPath(parsing: alone.bytes) == alone)
    }

    /// Every path of every small tree leads to the root, from its own clearance and from no other.
    @Test func everyPathOfEverySmallTreeLeadsToItsRoot() throws {
        let all = try (0..<70).map(Self.clearance)
        for count in 1...70 {
            let clearances = Array(all.prefix(count))
            let root = Self.root(clearances.map(\.text)[...])
            for index in 0..<count {
                let bytes = try Self.path(index, among: clearances).bytes
                #expect(Self.leads(bytes, from: all[index], to: root, count: count), "\(index) of \(count)")
                let other = all[(index + 1) % all.count]
                #expect(!Self.leads(bytes, from: other, to: root, count: count), "\(index) of \(count)")
            }
        }
    }

    /// Of a file with any bit changed, any byte gone or twice, or any hashes changed, nothing follows.
    @Test func whateverIsChangedLeadsNowhere() throws {
        for (count, index) in [(1, 0), (2, 1), (7, 6), (13, 4), (70, 69)] {
            let clearances = try (0..<count).map(Self.clearance)
            let root = Self.root(clearances.map(\.text)[...])
            let path = try Self.path(index, among: clearances)
            let bytes = path.bytes
            func check(_ changed: [UInt8], _ comment: Comment) {
                #expect(!Self.leads(changed, from: clearances[index], to: root, count: count), comment)
            }
            for bit in 0..<bytes.count * 8 { check(bytes.flipping(bit), "bit \(bit) of \(index) of \(count)") }
            for place in bytes.indices {
                check(Array(bytes[..<place]), "\(place) bytes of \(index) of \(count)")
                var changed = bytes
                changed.remove(at: place)
                check(changed, "without byte \(place) of \(index) of \(count)")
                // A digit that is the same as the next one is the same twice.
                changed = bytes
                changed.insert(bytes[place], at: place)
                check(changed, "byte \(place) twice of \(index) of \(count)")
            }
            for hashes in path.hashes.mutations {
                guard let mutated = try? AnchorPath(record: 812, index: UInt64(index), hashes: hashes) else { continue }
                check(mutated.bytes, "other hashes of \(index) of \(count)")
            }
            for other in [0, 1, count - 1, count, count + 1] where other != index {
                let moved = try AnchorPath(record: 812, index: UInt64(other), hashes: path.hashes)
                check(moved.bytes, "\(other) for \(index) of \(count)")
            }
            #expect(!Self.leads(bytes, from: clearances[index], to: root, count: count + 64))
        }
    }

    @Test func whatIsInAnotherFormIsNone() throws {
        let first = AnchorPath.firstLine + "\n"
        let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        for text in [
            "", "\n", first, first + "record 1\n", first + "record 1\nindex 0", first + "index 0\nrecord 1\n",
            first + "record 01\nindex 0\n", first + "record 1\nindex +0\n", first + "record 1\nindex 0\n\n",
            first + "record 1\r\nindex 0\n", first + "record 1 \nindex 0\n", " " + first + "record 1\nindex 0\n",
            first + "record 1\nindex 0\n" + hash.dropLast(2) + "\n", first + "record 1\nindex 0\n" + hash + "\n",
            first + "record 1\nindex 0\n" + hash.replacing("U=", with: "V="),
            first + "record -1\nindex 0\n", "consent-ledger/clearance-anchor/v2\nrecord 1\nindex 0\n",
            first + "record 18446744073709551616\nindex 0\n",
        ] {
            #expect(throws: TransparencyLogError(.malformed, ""), "\(text)") {
                try AnchorPath(parsing: Array(text.utf8))
            }
        }
        for text in [
            first + "record 9223372036854775808\nindex 0\n", first + "record 1\nindex 9223372036854775808\n",
            first + "record 1\nindex 0\n" + String(repeating: hash, count: 64),
            first + "record 1\nindex 0\n" + String(repeating: hash, count: 100),
        ] {
            #expect(throws: TransparencyLogError(.tooLarge, ""), "\(text)") {
                try AnchorPath(parsing: Array(text.utf8))
            }
        }
        #expect(throws: Never.self) {
            try AnchorPath(parsing: Array((first + "record 1\nindex 0\n" + String(repeating: hash, count: 63)).utf8))
        }
    }

    /// All that is signed is in the leaf: a clearance that says anything else is another one.
    @Test func aLeafHashIsOfTheWholeText() throws {
        let clearance = try Self.clearance(1)
        #expect(clearance.leafHash == SHA256Digest(hashing: [0x00] + clearance.text))
        let later = try Clearance(
            origin: clearance.origin, ledgerID: clearance.ledgerID, count: clearance.count, root: clearance.root,
            logSize: clearance.logSize, logRoot: clearance.logRoot, decidedAt: clearance.decidedAt,
            notAfter: clearance.notAfter + 1, inputs: clearance.inputs)
        #expect(later.leafHash != clearance.leafHash)
    }
}
