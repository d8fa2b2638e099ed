using Market.Api.Hosting;

namespace Market.Api.Tests.Interface;

public sealed class ServerOptionsTests
{
    [Fact]
    public void Reads_both_ways_of_writing_an_option()
    {
        var (options, error) = ServerOptions.Parse(["--urls=http://127.0.0.1:9", "--network", "regtest", "--mine", "no"]);
        Assert.Null(error);
        Assert.Equal(("http://127.0.0.1:9", "regtest", false), (options!.Urls, options.Network, options.Mine));
    }

    [Theory]
    [InlineData("--urls", "ftp://x")]
    [InlineData("--urls")]
    [InlineData("--network", "moon")]
    [InlineData("--mainchain", "nowhere")]
    [InlineData("--database", "nothing")]
    [InlineData("--treasury", "zz")]
    [InlineData("--pages", "maybe")]
    [InlineData("--mainchain-second", "nowhere")]
    [InlineData("--mainchain-second", "http://127.0.0.1:1")]
    [InlineData("--colour", "red")]
    [InlineData("serve")]
    [InlineData("--dev", "yes", "--network", "regtest")]
    public void Says_what_is_wrong_with_an_option(params string[] args)
    {
        var (options, error) = ServerOptions.Parse(args);
        Assert.Null(options);
        Assert.False(string.IsNullOrWhiteSpace(error));
    }
}
