using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>How much of each kind of work is done at once, and how much may wait for it.</summary>
public static class ServiceGates
{
    /// <summary>What a call takes while it waits, without its body: its connection's buffers are counted elsewhere.</summary>
    public const int BytesOfOne = 4 * 1024;

    // What waits for the sequencer's commit: one commit takes a thousand.
    private const int Committing = 256;
    private const int LeastReads = 8;
    private const int ReadsOfEachCore = 4;

    /// <summary>The gates of a machine, in the order of <see cref="GateKind"/>. A few reads are worked on at once: readers in any
    /// number then leave the pool's threads, of which there are as few as cores, to orders, keys and the drivers of swaps, and
    /// take no more connections of the database than this.</summary>
    public static IReadOnlyList<GateRules> OfThisMachine =>
    [
        GateRules.Shipped(Committing), GateRules.Shipped(Committing), GateRules.Shipped(Committing),
        GateRules.Shipped(Math.Max(LeastReads, ReadsOfEachCore * Environment.ProcessorCount)),
    ];
}
