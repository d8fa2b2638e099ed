namespace Market.Testing.Chains.P2PoolV2;

/// <summary>What a played p2poolv2 node sends.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body.</param>
/// <param name="ContentType">Its type.</param>
public sealed record PoolAnswer(int Status, byte[] Body, string ContentType = "application/json")
{
    /// <summary>The beginning of an answer, after which the connection is cut.</summary>
    public static PoolAnswer Cut { get; } = Of("{") with { IsCut = true };

    /// <summary>Where a redirect leads; null for none.</summary>
    public string? Location { get; init; }

    /// <summary>Waits before it answers; null for at once.</summary>
    public Task? After { get; init; }

    /// <summary>Whether the connection is cut before the end of the body.</summary>
    public bool IsCut { get; init; }

    /// <summary>A body of text.</summary>
    public static PoolAnswer Of(string text, int status = 200, string type = "application/json") =>
        new(status, System.Text.Encoding.UTF8.GetBytes(text), type);
}
