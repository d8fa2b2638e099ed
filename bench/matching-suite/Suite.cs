using System.Runtime.InteropServices;

namespace Market.MatchingSuite;

/// <summary>new_order_t.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NewOrder
{
    /// <summary>The suite's name of the order.</summary>
    public ulong Id;

    /// <summary>The message's number.</summary>
    public ulong Sequence;

    /// <summary>Ticks, signed.</summary>
    public long Price;

    /// <summary>Units.</summary>
    public uint Quantity;

    /// <summary>0 buys, 1 sells.</summary>
    public byte Side;

    /// <summary>1: immediate or cancel.</summary>
    public byte Ioc;

    private ushort _unused;
}

/// <summary>cancel_t.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CancelOrder
{
    /// <inheritdoc cref="NewOrder.Id"/>
    public ulong Id;

    /// <inheritdoc cref="NewOrder.Sequence"/>
    public ulong Sequence;
}

/// <summary>modify_t.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ModifyOrder
{
    /// <inheritdoc cref="NewOrder.Id"/>
    public ulong Id;

    /// <inheritdoc cref="NewOrder.Sequence"/>
    public ulong Sequence;

    /// <inheritdoc cref="NewOrder.Price"/>
    public long Price;

    /// <inheritdoc cref="NewOrder.Quantity"/>
    public uint Quantity;

    /// <inheritdoc cref="NewOrder.Side"/>
    public byte Side;
}

/// <summary>me_msg_t.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct TaggedMessage
{
    /// <summary>0 new, 1 cancel, 2 modify.</summary>
    [FieldOffset(0)]
    public byte Type;

    /// <summary>Of type 0.</summary>
    [FieldOffset(8)]
    public NewOrder New;

    /// <summary>Of type 1.</summary>
    [FieldOffset(8)]
    public CancelOrder Cancel;

    /// <summary>Of type 2.</summary>
    [FieldOffset(8)]
    public ModifyOrder Modify;
}

/// <summary>me_report_t.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Report
{
    /// <summary>What is reported.</summary>
    public ReportType Type;

    /// <inheritdoc cref="NewOrder.Side"/>
    public byte Side;

    private ushort _unused1;
    private uint _unused2;

    /// <summary>Of the message that brought it about.</summary>
    public ulong Sequence;

    /// <inheritdoc cref="NewOrder.Id"/>
    public ulong Id;

    /// <summary>Ticks; of a trade the resting order's.</summary>
    public long Price;

    /// <summary>Units.</summary>
    public uint Quantity;

    private uint _unused3;

    /// <summary>Of a trade: the resting order.</summary>
    public ulong Maker;

    /// <summary>Of a trade: the order that came.</summary>
    public ulong Taker;

    private ulong _unused4;
}

/// <summary>me_report_type_t.</summary>
public enum ReportType : byte
{
    /// <summary>An order was taken.</summary>
    OrderAck,

    /// <summary>Two orders traded.</summary>
    Trade,

    /// <summary>An order, or what an immediate one left, is gone.</summary>
    CancelAck,

    /// <summary>An order was replaced.</summary>
    ModifyAck,

    /// <summary>No such order rests.</summary>
    CancelReject,

    /// <summary>No such order rests.</summary>
    ModifyReject,
}

/// <summary>A queue of reports with one writer and one reader, as shim.cpp lays it out.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
public unsafe struct ReportQueue
{
    /// <summary>As many as the mask says, and one.</summary>
    [FieldOffset(0)]
    public Report* Reports;

    /// <summary>One less than a power of two.</summary>
    [FieldOffset(8)]
    public ulong Mask;

    /// <summary>Reports ever written.</summary>
    [FieldOffset(64)]
    public ulong Written;

    /// <summary>Reports ever read.</summary>
    [FieldOffset(128)]
    public ulong Read;

    /// <summary>A queue that nobody reads, for as many reports as it holds.</summary>
    public static ReportQueue* Make(int size)
    {
        var queue = (ReportQueue*)NativeMemory.AllocZeroed((nuint)sizeof(ReportQueue));
        queue->Reports = (Report*)NativeMemory.AlignedAlloc((nuint)size * (nuint)sizeof(Report), 64);
        queue->Mask = (ulong)size - 1;
        return queue;
    }

    /// <summary>Frees what <see cref="Make"/> made.</summary>
    public static void Free(ReportQueue* queue)
    {
        NativeMemory.AlignedFree(queue->Reports);
        NativeMemory.Free(queue);
    }
}
