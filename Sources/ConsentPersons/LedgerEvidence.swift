package import ConsentAudit
package import ConsentLedger
package import ConsentModel
package import ConsentRules

/// The private side of a ledger, as a bundle of evidence needs it.
package struct LedgerEvidence: EvidenceSource {
    package let snapshot: LedgerSnapshot
    package let address: ContactAddress?

    package init(_ snapshot: LedgerSnapshot, address: ContactAddress?) {
        self.snapshot = snapshot
        self.address = address
    }

    package func timeline(of contact: ContactHandle) throws -> ContactTimeline { try snapshot.timeline(of: contact) }

    package func privateFields(of index: UInt64) throws -> [(contact: ContactHandle, field: PrivateField)] {
        try snapshot.privateFields(of: index).map { (contact: $0.handle, field: $0.field) }
    }

    package func attachments(of contact: ContactHandle) throws -> [AttachedContent] {
        try snapshot.attachments(of: contact).filter { try snapshot.holdsContent(of: $0) }.map { attachment in
            AttachedContent(
                record: attachment.index, digest: attachment.digest, byteCount: attachment.byteCount
            ) { try snapshot.read(attachment, $0) }
        }
    }

    package func recipient(at time: Timestamp) -> Recipient {
        address.map { Recipient(of: $0, at: time) } ?? Recipient()
    }
}
