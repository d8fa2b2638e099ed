namespace Market.Hashing.Tests;

public sealed class BatchHasherTests
{
    public static TheoryData<HashKernel> Kernels => [.. HashKernels.All];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Messages_hash_like_the_framework_in_every_batch_size(HashKernel kernel)
    {
        byte[] buffer = TestBytes.Random(1, 5000);
        for (int count = 0; count <= 70; count++) Check(buffer, RandomMessages(count, count, buffer.Length, 700), kernel);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Messages_of_every_length_hash_like_the_framework(HashKernel kernel)
    {
        byte[] buffer = TestBytes.Random(2, 400);
        HashMessage[] messages = [.. Enumerable.Range(0, 300).Select(length => new HashMessage(length % 97, length))];
        Check(buffer, messages, kernel);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void One_long_message_among_many_short_ones_hashes_right(HashKernel kernel)
    {
        byte[] buffer = TestBytes.Random(3, 60_000);
        HashMessage[] messages =
        [
            .. RandomMessages(3, 30, buffer.Length, 300),
            new HashMessage(10, 4, 16, 50_000, 59_990, 4),
            new HashMessage(0, 0),
        ];
        Check(buffer, messages, kernel);
    }

    [Fact]
    public void More_messages_than_are_sorted_together_hash_right()
    {
        byte[] buffer = TestBytes.Random(4, 3000);
        Check(buffer, RandomMessages(4, 2500, buffer.Length, 200), HashKernels.Active);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Pieces_may_meet_at_any_byte(HashKernel kernel)
    {
        byte[] buffer = TestBytes.Random(5, 600);
        List<HashMessage> messages = [];
        for (int head = 0; head <= 130; head += 13)
        {
            for (int body = 0; body <= 140; body += 7) messages.Add(new HashMessage(3, head, 170, body, 400, 200 - head));
        }

        Check(buffer, [.. messages], kernel);
    }

    [Fact]
    public void Refuses_messages_outside_the_buffer_and_too_little_room()
    {
        byte[] buffer = new byte[100];
        Assert.Throws<ArgumentException>(() => BatchHasher.Hash(buffer, [new HashMessage(50, 51)], new byte[32]));
        Assert.Throws<ArgumentException>(
            () => BatchHasher.Hash(buffer, [new HashMessage(0, 4, 101, 0, 0, 0)], new byte[32]));
        Assert.Throws<ArgumentException>(
            () => BatchHasher.Hash(buffer, [new HashMessage(0, 4, int.MaxValue, int.MaxValue - 4, 0, 0)], new byte[32]));
        Assert.Throws<ArgumentException>(() => BatchHasher.Hash(buffer, [new HashMessage(0, 1)], new byte[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HashMessage(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HashMessage(0, 1, 0, int.MaxValue, 0, 0));
    }

    private static void Check(byte[] buffer, HashMessage[] messages, HashKernel kernel)
    {
        byte[] hashes = TestBytes.Random(9, 32 * messages.Length + 32);
        byte[] guard = hashes[^32..];
        BatchHasher.Hash(buffer, messages, hashes, kernel);
        for (int i = 0; i < messages.Length; i++)
        {
            HashMessage m = messages[i];
            byte[] whole =
            [
                .. buffer.AsSpan(m.HeadStart, m.HeadLength),
                .. buffer.AsSpan(m.BodyStart, m.BodyLength),
                .. buffer.AsSpan(m.TailStart, m.TailLength),
            ];
            Assert.Equal(TestBytes.DoubleHash(whole), hashes[(32 * i)..(32 * i + 32)]);
        }

        Assert.Equal(guard, hashes[^32..]);
    }

    private static HashMessage[] RandomMessages(int seed, int count, int bufferLength, int longest)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? Whole() : Spliced())];

        HashMessage Whole()
        {
            int length = random.Next(longest);
            return new HashMessage(random.Next(bufferLength - length), length);
        }

        HashMessage Spliced()
        {
            int body = random.Next(longest);
            return new HashMessage(
                random.Next(bufferLength - 4), 4, random.Next(bufferLength - body), body, random.Next(bufferLength - 4), 4);
        }
    }
}
