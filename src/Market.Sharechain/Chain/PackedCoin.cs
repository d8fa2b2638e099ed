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

    /// <summary>The place of the next output of the same hash of script, and one; 0 for none.</summary>
    public int NextScript;

    /// <summary>The place of the one before, and one; 0 for the first.</summary>
    public int PreviousScript;

    public byte ScriptLength;
    public bool IsCoinbase;
    public bool IsAnnotated;

    /// <summary>False where nobody would be paid for it: neither annotated nor of a script that is paid.</summary>
    public bool IsPaid;
    public InlineBytes Script;

    /// <summary>Base units with which it takes part in the draw once it is mature.</summary>
    public readonly long Weight => IsPaid ? Value : 0;

    [InlineArray(InlineScript)]
    public struct InlineBytes
    {
        private byte _first;
    }
}
