using Market.Api.Results;

namespace Market.Api.Realtime;

/// <summary>A reader had no place to have a channel's state read.</summary>
/// <param name="refusal">Why.</param>
public sealed class ReadRefusedException(Refusal refusal) : Exception(refusal?.Detail)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal ?? throw new ArgumentNullException(nameof(refusal));
}
