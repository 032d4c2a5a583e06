internal import ConsentLedger
internal import FoundationEssentials
internal import TransparencyLog

/// Which witnesses are asked to cosign the ledger's checkpoints, and where they are.
struct AskedWitnesses: Sendable {
    /// One that is asked.
    struct Member: Sendable {
        let witness: WitnessPolicy.Witness
        let address: WebAddress

        /// What the policy calls it.
        var name: String { "\(witness.name)" }
    }

    /// The policy that the configuration names, else the one whose quorum checkpoints wait for.
    let policy: WitnessPolicy
    /// Those of its witnesses whose address is known, in the policy's order.
    let members: [Member]

    /// The witnesses of `configuration`, for a ledger whose checkpoints wait for the quorum of `awaited`, if they do; `nil`
    /// where neither names a policy. Throws `badConfiguration` for a file that is no policy, an address of no witness of it or
    /// that is none, and where what is waited for cannot come.
    init?(_ configuration: Configuration.Witnesses, awaiting awaited: WitnessPolicy?) throws(ServerError) {
        guard let policy = try configuration.policyFile.map(Self.policy) ?? awaited else {
            guard configuration.addresses.isEmpty else {
                throw ServerError(
                    .badConfiguration,
                    "witnesses has addresses and no policy; name the file that says whose keys they have")
            }
            return nil
        }
        let names = policy.witnesses.map { "\($0.name)" }
        for name in configuration.addresses.keys.sorted() where !names.contains(name) {
            throw ServerError(
                .badConfiguration,
                "witnesses has an address of “\(name.prefix(80))”, which the policy does not name; it has "
                    + "\(names.joined(separator: ", "))")
        }
        var members: [Member] = []
        for witness in policy.witnesses {
            guard let text = configuration.addresses["\(witness.name)"] ?? witness.url else { continue }
            do { members.append(Member(witness: witness, address: try WebAddress(parsing: text))) } catch {
                throw ServerError(.badConfiguration, "the witness \(witness.name): \(error.description)")
            }
        }
        guard !members.isEmpty else {
            throw ServerError(
                .badConfiguration,
                "no witness of the policy has an address, in it or in the configuration; add some under witnesses")
        }
        self.policy = policy
        self.members = members
        guard let awaited else { return }
        let asked = Set(members.map(\.witness.key))
        guard awaited.isQuorum(Set(awaited.witnesses.filter { asked.contains($0.key) }.map(\.name))) else {
            throw ServerError(
                .badConfiguration,
                "the ledger publishes at a quorum (consent checkpoint quorum) that the witnesses which are asked cannot reach: "
                    + "give addresses of more of its witnesses, or set another policy")
        }
    }

    private static func policy(at path: String) throws(ServerError) -> WitnessPolicy {
        guard let bytes = try? Array(Data(contentsOf: URL(fileURLWithPath: path))) else {
            throw ServerError(.badConfiguration, "\(path) cannot be read")
        }
        do { return try WitnessPolicy(parsing: bytes) } catch {
            throw ServerError(.badConfiguration, "\(path): \(error)")
        }
    }
}
