using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>An unspent output in 104 bytes, links included.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PackedCoin
{
    /// <summary>Bytes of a script that fit in here: every witness program and every usual script before them.</summary>
    public const int InlineScript = 34;

    /// <summary>In place of the length: the script is kept elsewhere.</summary>
    public const byte Elsewhere = 255;

    public TxId TxId;
    public long Value;
    public uint Index;
    public int Place;
    public int Height;
    public uint PreviousMedianTime;

    /// <summary>The next slot of the same bucket of outpoints, and one; 0 for none.</summary>
    public int NextOutPoint;

    /// <summary>The next slot of the same bucket of scripts, and one; 0 for none.</summary>
    public int NextScript;

    /// <summary>The slot before, and one; 0 for the first of its bucket.</summary>
    public int PreviousScript;

    public byte ScriptLength;
    public bool IsCoinbase;
    public bool IsAnnotated;
    public InlineBytes Script;

    [InlineArray(InlineScript)]
    public struct InlineBytes
    {
        private byte _first;
    }
}
