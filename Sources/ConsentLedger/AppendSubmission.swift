internal import ConsentModel

/// A draft with its id, and the tags of its contacts in the order of its addresses.
struct AppendRequest: Sendable {
    let draft: EventDraft
    let id: EventID
    let tags: [ContactTag]
    /// The name of the key that signs it.
    let keyName: String
}

/// A draft after preparing: a statement, one whose id was recorded before, or what is wrong with it.
enum PreparedDraft: Sendable {
    case event(PreparedEvent)
    case known(AppendRequest, index: UInt64)
    case refused(any Error)
}

/// Some drafts that a caller waits for; what changes is guarded by the writer's monitor.
final class Submission: @unchecked Sendable {
    let prepared: [PreparedDraft]
    /// How many records there were when the drafts' ids and contacts were looked up.
    let size: UInt64
    let reservationDrops: Int
    /// The drafts have their outcomes, or it is this caller's turn to lead.
    let turned = Monitor.Condition()
    var outcomes: [Result<AppendOutcome, any Error>] = []
    var isDone = false
    var failure: (any Error)?

    init(_ prepared: [PreparedDraft], size: UInt64, reservationDrops: Int) {
        self.prepared = prepared
        self.size = size
        self.reservationDrops = reservationDrops
    }
}
