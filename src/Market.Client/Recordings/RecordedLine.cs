using System.Text.Json.Serialization;
using Market.Contracts;

namespace Market.Client.Recordings;

/// <summary>
/// One line of a recording: JSON with one of these members. A recording is files of such lines, gzip members one after another
/// (RFC 1952): each is whole in itself, so that whatever was written before a crash is readable, by any tool that reads gzip. Every
/// file begins with a head and the state that its events go on from. Members may be added, never changed.
/// </summary>
public sealed record RecordedLine
{
    /// <summary>What file it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecordedHead? Head { get; init; }

    /// <summary>An event of a stream, as the market told it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamEvent? Event { get; init; }

    /// <summary>Events are missing before this line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RecordedGap? Gap { get; init; }

    /// <summary>Where the streams stand: what Last-Event-ID goes on from. Written with each member.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Seen { get; init; }
}

/// <summary>What file it is.</summary>
public sealed record RecordedHead
{
    /// <summary>What <see cref="Format"/> says of a recording.</summary>
    public const string FormatName = "market-recording";

    /// <summary>The version that is written; others are refused.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    public required string Format { get; init; }

    /// <summary><see cref="CurrentVersion"/>.</summary>
    public required int Version { get; init; }

    /// <summary>The market.</summary>
    public required string Server { get; init; }

    /// <summary>When the file was begun, by the recorder's clock.</summary>
    public required DateTimeOffset Begun { get; init; }

    /// <summary>What is recorded, with its rules.</summary>
    public required IReadOnlyList<Instrument> Instruments { get; init; }

    /// <summary>What a swap of each costs, as it was when the recording began.</summary>
    public required IReadOnlyList<Fees> Fees { get; init; }
}

/// <summary>Events that are missing.</summary>
public sealed record RecordedGap
{
    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>When the last event of it before was told; absent where there was none.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }
}
