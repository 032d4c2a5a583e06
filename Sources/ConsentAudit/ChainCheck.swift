internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Checks that every chain is one line: each link names, by index and leaf hash, the record before it in the same chain,
/// no record has two successors, and no chain begins twice.
///
/// The heads of the ledger's and the businesses' chains are few and kept. Those of contacts are not (DESIGN §5): a link
/// to an earlier record of a contact waits in a list of bounded length, which is then settled in the order of the
/// records it names; what is kept is one bit a record, and eight bytes of the handle a contact.
struct ChainCheck {
    /// The last record of a chain.
    private struct Head {
        let index: UInt64
        let sequence: UInt64
        let leafHash: SHA256Digest
    }

    /// A link of a contact's chain that is still to be compared with the record it names.
    struct Obligation: Sendable {
        let claimant: UInt64
        let handle: ContactHandle
        let sequence: UInt64
        let previousIndex: UInt64
        let previousLeafHash: SHA256Digest
    }

    /// What the record that an obligation names has to say.
    enum Settlement: Sendable {
        /// The link holds; it names the record's link at this position among those of contacts.
        case holds(position: Int)
        /// The record cannot be read, which is its own finding.
        case unreadable
        case broken(Finding)
    }

    /// How many obligations are worth a walk through the bundles that they name: 10 MB.
    private static let mostObligations = 1 << 17
    private static let mostRepeatedBeginnings = 10_000

    private var heads: [Chain: Head] = [:]
    private var obligations: [Obligation] = []
    /// The records whose first contact's chain goes on.
    private var claimed = BitSet()
    /// The same for the contacts after a record's first, which few records have: index × 4 + position.
    private var claimedFurther: Set<UInt64> = []
    private var unreadable = BitSet()
    private var begun: [UInt64] = []

    /// Whether it is time to settle.
    var isFull: Bool { obligations.count >= Self.mostObligations }

    /// Notes that the record at `index` is not there, or not the one in the tree: links to it are not judged.
    mutating func skip(_ index: UInt64) { unreadable.insert(index) }

    /// Checks the links of the record at `index`, as far as it can be done at once.
    mutating func take(_ links: [ChainLink], at index: UInt64, leafHash: SHA256Digest, findings: inout [Finding]) {
        for link in links {
            guard link.sequence == 0 || link.previousIndex < index else {
                findings.append(
                    Finding(
                        .linkToOtherChain, .tree, index: index, expected: "an index below \(index)",
                        found: "\(link.previousIndex)", "A link of record \(index) does not name an earlier record"))
                continue
            }
            if case .contact(let handle) = link.chain {
                if link.sequence == 0 {
                    begun.append(handle.high)
                } else {
                    obligations.append(
                        Obligation(
                            claimant: index, handle: handle, sequence: link.sequence,
                            previousIndex: link.previousIndex, previousLeafHash: link.previousLeafHash))
                }
            } else {
                if let finding = compare(link, with: heads[link.chain], at: index) { findings.append(finding) }
                heads[link.chain] = Head(index: index, sequence: link.sequence, leafHash: leafHash)
            }
        }
    }

    private func compare(_ link: ChainLink, with head: Head?, at index: UInt64) -> Finding? {
        // Sentences are made where something is wrong; this runs for every link.
        var name: String { link.chain.title }
        if link.sequence == 0 {
            return head.map { head in
                Finding(
                    .chainBegunAgain, .tree, index: index, expected: "a link to record \(head.index)",
                    found: "a beginning", "Record \(index) begins \(name) anew: its earlier records are left out")
            }
        }
        guard !unreadable.contains(link.previousIndex) else { return nil }
        guard let head, link.previousIndex <= head.index else {
            return Finding(
                .linkToOtherChain, .tree, index: index, expected: head.map { "record \($0.index)" } ?? "a beginning",
                found: "record \(link.previousIndex)",
                "Record \(index) follows record \(link.previousIndex) in \(name), and that one is not in it")
        }
        guard link.previousIndex == head.index else {
            return Finding(
                .forkedChain, .tree, index: index, expected: "record \(head.index)",
                found: "record \(link.previousIndex)",
                "Record \(index) passes over record \(head.index), the last one of \(name) before it")
        }
        return Self.compare(
            sequence: link.sequence, hash: link.previousLeafHash, with: (head.sequence, head.leafHash),
            previous: head.index, chain: link.chain, at: index)
    }

    static func compare(
        sequence: UInt64, hash: SHA256Digest, with previousLink: (sequence: UInt64, leafHash: SHA256Digest),
        previous: UInt64, chain: Chain, at index: UInt64
    ) -> Finding? {
        guard hash == previousLink.leafHash else {
            return Finding(
                .brokenLink, .tree, index: index, expected: previousLink.leafHash.description, found: hash.description,
                "Record \(index) was linked to another record than the one that is now number \(previous), in "
                    + chain.title)
        }
        guard previousLink.sequence < .max, sequence == previousLink.sequence + 1 else {
            return Finding(
                .wrongSequence, .tree, index: index, expected: "one more than \(previousLink.sequence)",
                found: "\(sequence)",
                "Record \(index) has another place in \(chain.title) than after record \(previous): the chain has a hole"
            )
        }
        return nil
    }

    /// The obligations so far, in the order of the records that they name; there are none left then.
    mutating func takeObligations() -> [Obligation] {
        defer { obligations.removeAll(keepingCapacity: true) }
        return obligations.sorted { ($0.previousIndex, $0.claimant) < ($1.previousIndex, $1.claimant) }
    }

    /// Compares obligations that name records of one bundle with it; pure, for any core.
    static func settle(_ obligations: ArraySlice<Obligation>, in bundle: EntryBundle, start: UInt64) -> [Settlement] {
        obligations.map { obligation in
            let position = Int(obligation.previousIndex - start)
            guard position < bundle.count else { return .unreadable }
            let entry = bundle[position]
            guard let record = try? Record(decoding: entry) else { return .unreadable }
            let chain = Chain.contact(obligation.handle)
            guard let place = record.handles.firstIndex(of: obligation.handle),
                let link = record.links.first(where: { $0.chain == chain })
            else {
                return .broken(
                    Finding(
                        .linkToOtherChain, .tree, index: obligation.claimant, expected: "a record in \(chain.title)",
                        found: "record \(obligation.previousIndex)",
                        "Record \(obligation.claimant) follows record \(obligation.previousIndex) in "
                            + "\(chain.title), and that one is not in it"))
            }
            let finding = compare(
                sequence: obligation.sequence, hash: obligation.previousLeafHash,
                with: (link.sequence, entry.withUnsafeBytes { MerkleHash.leaf($0) }),
                previous: obligation.previousIndex, chain: chain, at: obligation.claimant)
            return finding.map { .broken($0) } ?? .holds(position: place)
        }
    }

    /// Takes what `settle` says of the obligations.
    mutating func conclude(
        _ obligations: ArraySlice<Obligation>, _ settlements: [Settlement], findings: inout [Finding]
    ) {
        for (obligation, settlement) in zip(obligations, settlements)
        where !unreadable.contains(obligation.previousIndex) {
            switch settlement {
            case .unreadable: break
            case .broken(let finding): findings.append(finding)
            case .holds(let position):
                let isFirst =
                    position == 0
                    ? claimed.insert(obligation.previousIndex)
                    : claimedFurther.insert(obligation.previousIndex * 4 + UInt64(position)).inserted
                guard !isFirst else { continue }
                findings.append(
                    Finding(
                        .forkedChain, .tree, index: obligation.claimant, expected: "a record without a successor",
                        found: "record \(obligation.previousIndex)",
                        "\(Chain.contact(obligation.handle).title) forks after record \(obligation.previousIndex): "
                            + "record \(obligation.claimant) is its second successor"))
            }
        }
    }

    /// The first halves of handles under which more than one contact's chain begins, at most 10,000: a second beginning,
    /// or by a chance of less than one in a million, two handles that begin alike.
    mutating func takeRepeatedBeginnings() -> Set<UInt64> {
        begun.sort()
        var repeated: Set<UInt64> = []
        for (left, right) in zip(begun, begun.dropFirst())
        where left == right && repeated.count < Self.mostRepeatedBeginnings {
            repeated.insert(left)
        }
        begun = []
        return repeated
    }

    /// That a contact's chain begins again at `index`, having begun at `earlier`.
    static func begunAgain(_ handle: ContactHandle, at index: UInt64, earlier: UInt64) -> Finding {
        Finding(
            .chainBegunAgain, .tree, index: index, expected: "a link to an earlier record", found: "a beginning",
            "Record \(index) begins \(Chain.contact(handle).title) anew, which began at record \(earlier): its earlier "
                + "records are left out")
    }
}

extension Chain {
    /// The chain in a sentence.
    var title: String {
        switch self {
        case .ledger: "the ledger's chain"
        case .business(let id): "the chain of the business “\(id)”"
        case .contact(let handle): "the chain of the contact \(handle)"
        }
    }
}
