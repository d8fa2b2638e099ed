using Market.Api.Instruments;
using Market.Api.Results;

namespace Market.Api.Features.Orders;

/// <summary>
/// Lists that are read on from the newest that was seen. What is read so must come to be in the order of its numbers, else who
/// reads on misses what came late. One sequencer alone writes an instrument, so there it does; of two one may be seen while the
/// other still writes a lower number.
/// </summary>
internal static class ForwardReads
{
    /// <summary>What descriptions of routes say of it.</summary>
    public const string Words = "Of one instrument, and without status, previousCursor goes on with what came since: newer ones, "
        + "none left out and none twice, or an empty page while there are none. What became of older ones it does not tell.";

    /// <summary>Whether a list can be read on. One of a status cannot: an item that comes to have it later than a newer one did
    /// would be missed.</summary>
    public static bool AreThere(InstrumentSet instruments, string? instrument, string? status) =>
        status is null && (instrument is not null || instruments.All.Count == 1);

    /// <summary>Why a list cannot be read on from a cursor; null where it can.</summary>
    public static Refusal? WhyNot(InstrumentSet instruments, string? instrument, string? status, PageCursor cursor) =>
        !cursor.IsForward || AreThere(instruments, instrument, status) ? null
        : status is not null
            ? Refusal.Invalid("status", "must be left out where a list is read on from a cursor towards what is newer")
            : Refusal.Invalid("instrument", "must be named where a list is read on from a cursor towards what is newer");
}
