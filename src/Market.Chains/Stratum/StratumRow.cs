namespace Market.Chains.Stratum;

/// <summary>A sharechain that is mined at a Stratum port.</summary>
/// <param name="Shares">Where its work comes from and its shares go.</param>
/// <param name="Synced">Done when it is fetched: before, nobody has work of it. Null where it is whole already.</param>
public sealed record StratumRow(ISharechain Shares, Task? Synced = null);
