/// How the name of a file ends that holds what somebody attached. Programs open a file by it, so it is never what the sender
/// called theirs.
public enum AttachmentFileEnding {
    /// Of types that no program runs.
    private static let endings = [
        "application/pdf": "pdf", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav", "image/jpeg": "jpg",
        "image/png": "png", "image/tiff": "tiff", "text/plain": "txt", "video/mp4": "mp4",
    ]

    /// The ending for a media type, with its point; empty for any that is not among the few known ones (SPEC.md, “The files”).
    public static func text(of mediaType: String) -> String { endings[mediaType].map { ".\($0)" } ?? "" }
}
