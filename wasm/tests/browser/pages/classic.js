// An old page's own script, after the classic one: no module anywhere.
(function () {
  var made = [];
  var Own = Worker;
  window.Worker = function (address, options) {
    made.push(String(address));
    return new Own(address, options);
  };

  function octets(text) {
    return Uint8Array.from(atob(text), function (letter) {
      return letter.charCodeAt(0);
    });
  }

  window.old = {
    workers: made,
    /** Encrypts a file and opens it again. */
    bid: function (certificate, key) {
      var file = new File(["报价:一百万元"], "报价.txt");
      var options = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z"), sink: "memory" };
      return Yinxin.encryptFile(file, [octets(certificate)], options).then(function (bid) {
        return Yinxin.DecryptionKey.read(octets(key)).then(function (own) {
          return Yinxin.decryptFile(bid.blob, { keys: own, sink: "memory" }).then(function (opened) {
            return opened.segments[0].blob.text();
          });
        });
      });
    },
    /** A call of each kind of the `SOF_` functions. */
    sof: function () {
      var sof = Yinxin.createSof({ session: function () {} }, {});
      return sof.open().then(function () {
        Yinxin.installGlobals(sof);
        return { version: SOF_GetVersion(), hash: SOF_HashData(1, "abc"), tries: SOF_GetPinRetryCount("") };
      });
    },
  };
})();
